//! The tables of SPEC.md have all their cells.

use crate::document::{section, sections, tables};

#[test]
fn each_row_of_a_table_has_a_cell_for_each_column() {
    for section in sections() {
        for table in tables(&section) {
            let columns = table[0].len();
            for row in &table {
                assert_eq!(row.len(), columns, "{}: {row:?}", section.number);
                assert!(!row[0].is_empty(), "{}: {row:?}", section.number);
            }
        }
    }
}

#[test]
fn each_code_has_all_its_columns_filled_and_stands_once() {
    for number in ["7.2", "7.3"] {
        let tables = tables(&section(number));
        let [table] = &tables[..] else { panic!("{number} has one table") };
        assert_eq!(table[0], ["code", "cause", "fault", "retry", "goes on", "text"]);
        let mut codes: Vec<&str> = table[1..].iter().map(|row| row[0]).collect();
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count, "a code of {number} stands twice");
        for row in &table[1..] {
            assert!(row.iter().all(|cell| !cell.is_empty()), "{number}: {row:?}");
            assert!(row[0].starts_with('`') && row[0].ends_with('`'), "{number}: {row:?}");
            assert!(["client", "server", "nobody"].contains(&row[2]), "{number}: {row:?}");
            assert!(["no", "after a change", "later"].contains(&row[3]), "{number}: {row:?}");
            assert_eq!(row[4], if number == "7.2" { "yes" } else { "no" }, "{number}: {row:?}");
        }
    }
}
