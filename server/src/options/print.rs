//! The options as a configuration file.

use super::table::{Options, TABLE};

/// A file that gives `options` again, with a comment above each group.
pub(super) fn as_toml(options: &Options) -> String {
    let mut file = format!("# The configuration of chat-server {}, checked.\n", env!("CARGO_PKG_VERSION"));
    let mut group = "";
    for spec in TABLE {
        if spec.group != group {
            group = spec.group;
            file.push_str(&format!("\n# {group}\n"));
        }
        file.push_str(&format!("{} = {}\n", spec.flag, (spec.show)(options)));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_groups_and_natural_values() {
        let options = Options { rate_limit: None, welcome: "say \"hi\"".to_owned(), ..Options::default() };
        let file = as_toml(&options);
        assert!(file.contains("\n# Listening\nlisten = [\"127.0.0.1:15151\"]\n"), "{file}");
        assert!(file.contains("\n# Limits per connection\nrate-limit = \"off\"\noctet-rate = \"256KiB\"\n"), "{file}");
        assert!(file.contains("\nmax-connections = 10000\n"), "{file}");
        assert!(file.contains("\nroom-idle = \"10m\"\n"), "{file}");
        assert!(file.contains("say") && file.parse::<toml::Table>().is_ok(), "{file}");
    }
}
