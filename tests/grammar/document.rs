//! SPEC.md in parts: sections, the lines of their prose, their blocks and tables.

/// The document.
pub(crate) const SPEC: &str = include_str!("../../protocol/SPEC.md");

/// A section with a number, without its subsections.
pub(crate) struct Section {
    /// As in `2.7`.
    pub(crate) number: &'static str,
    /// Its lines outside of code blocks.
    pub(crate) prose: Vec<&'static str>,
}

/// All sections, in order.
pub(crate) fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut in_block = false;
    for line in SPEC.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
        } else if in_block {
            continue;
        } else if let Some(title) = line.strip_prefix("### ").or_else(|| line.strip_prefix("## ")) {
            let number = title.split(' ').next().expect("`split` gives at least one");
            sections.push(Section { number, prose: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.prose.push(line);
        }
    }
    sections
}

/// The one section of a number.
pub(crate) fn section(number: &str) -> Section {
    let mut found = sections().into_iter().filter(|section| section.number == number);
    let section = found.next().unwrap_or_else(|| panic!("SPEC.md has no section {number}"));
    assert!(found.next().is_none(), "SPEC.md has two sections {number}");
    section
}

/// The lines of the blocks that are marked with a language.
pub(crate) fn blocks(language: &str) -> Vec<&'static str> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in SPEC.lines() {
        match line.strip_prefix("```") {
            Some(marked) => inside = marked == language,
            None if inside => lines.push(line),
            None => {}
        }
    }
    lines
}

/// The code spans of a line.
pub(crate) fn spans(line: &'static str) -> impl Iterator<Item = &'static str> {
    line.split('`').skip(1).step_by(2)
}

/// A line without its code spans: each is a lone backtick.
pub(crate) fn without_spans(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// The cells of a table's row.
pub(crate) fn cells(row: &'static str) -> Vec<&'static str> {
    let row = row.strip_prefix('|').and_then(|row| row.strip_suffix('|')).expect("a row has bars at both ends");
    row.split('|').map(str::trim).collect()
}

/// The tables of a section: each a heading and rows.
pub(crate) fn tables(section: &Section) -> Vec<Vec<Vec<&'static str>>> {
    let mut tables: Vec<Vec<Vec<&'static str>>> = Vec::new();
    let mut before = "";
    for line in &section.prose {
        if line.starts_with('|') {
            if !before.starts_with('|') {
                tables.push(Vec::new());
            }
            if !line.starts_with("| ---") {
                tables.last_mut().expect("one was just begun").push(cells(line));
            }
        }
        before = line;
    }
    tables
}
