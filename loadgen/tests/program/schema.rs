//! The schemas that are committed beside the crate.

use jsonschema::Registry;
use serde_json::Value;

/// Where the schemas are to each other.
const REPORT: &str = "file:///report.schema.json";

/// What `--json` writes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    Report,
    Comparison,
    Ramp,
}

/// Holds a document against the schema of its form.
#[track_caller]
pub(crate) fn validate(form: Form, document: &Value) {
    let schema = |text: &str| serde_json::from_str::<Value>(text).expect("the schema is JSON");
    let report = schema(include_str!("../../report.schema.json"));
    let own = match form {
        Form::Report => report.clone(),
        Form::Comparison => schema(include_str!("../../compare.schema.json")),
        Form::Ramp => schema(include_str!("../../ramp.schema.json")),
    };
    let registry =
        Registry::new().add(REPORT, report).and_then(jsonschema::RegistryBuilder::prepare).expect("an address");
    let options = jsonschema::options().with_base_uri("file:///own.schema.json").with_registry(&registry);
    let validator = options.build(&own).expect("the schema is one");
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}: {document:#}");
}
