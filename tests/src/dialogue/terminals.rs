//! Terminals side by side, each with somebody who talks to the server by hand.

use fanfare_protocol::plain::ServerLine;

use super::read::{Does, Step};

/// What says that a name was accepted (SPEC.md, section 10.1).
const CONNECTED: &str = "You are connected to the Server!";

/// Reads the rows of a block, the first of which has a number. Columns are divided by `|`, time goes from the top down,
/// and each column begins with its command. What was typed is what no server sends (SPEC.md, section 10.3).
pub(super) fn steps(first: usize, rows: &[&str]) -> Result<Vec<Step>, String> {
    let columns = rows.iter().map(|row| cells(row).count()).max().unwrap_or(0);
    let names: Vec<String> = (0..columns)
        .map(|column| {
            let typed =
                rows.iter().filter_map(|row| cells(row).nth(column)).find(|cell| is_said(cell) && is_typed(cell));
            typed.map(str::to_owned)
        })
        .collect::<Option<_>>()
        .ok_or_else(|| format!("nobody says a name in a column of line {first} of the document"))?;
    let mut steps = Vec::new();
    for (line, row) in (first..).zip(rows) {
        let step = |column: usize, does| Step { line, label: names[column].clone(), does };
        let said = || cells(row).enumerate().filter(|(_, cell)| is_said(cell));
        // What came may be the reason for what is typed beside it.
        for (column, heard) in said().filter(|(_, cell)| !is_typed(cell)) {
            steps.push(step(column, Does::Hear(vec![heard.to_owned()])));
            if heard == "* Goodbye!" {
                steps.push(step(column, Does::HearEnd));
            }
        }
        steps.extend(
            said().filter(|(_, cell)| is_typed(cell)).map(|(column, typed)| step(column, Does::Send(typed.to_owned()))),
        );
    }
    Ok(steps)
}

/// What stands in each column of a row.
fn cells(row: &str) -> impl Iterator<Item = &str> {
    row.split('|').map(|cell| cell.strip_prefix(' ').unwrap_or(cell).trim_end())
}

/// Whether a cell is a line of the connection.
fn is_said(cell: &str) -> bool {
    !cell.is_empty() && !cell.starts_with("$ ")
}

fn is_typed(cell: &str) -> bool {
    ServerLine::parse(cell).is_none() && !cell.starts_with("FANFARE/") && cell != CONNECTED
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_from_the_top_down_and_what_came_before_what_is_typed() {
        let rows = ["$ nc", "FANFARE/1 Hi      | $ nc", "al                | FANFARE/1 Hi", "al: x  | bo", "/quit"];
        let rows = [&rows[..], &["* Goodbye!"]].concat();
        let steps = steps(7, &rows).expect("both have a name");
        let told: Vec<_> = steps.iter().map(|step| (step.line, step.label.as_str(), &step.does)).collect();
        let hear = |line: &str| Does::Hear(vec![line.to_owned()]);
        assert_eq!(
            told,
            [
                (8, "al", &hear("FANFARE/1 Hi")),
                (9, "bo", &hear("FANFARE/1 Hi")),
                (9, "al", &Does::Send("al".to_owned())),
                (10, "al", &hear("al: x")),
                (10, "bo", &Does::Send("bo".to_owned())),
                (11, "al", &Does::Send("/quit".to_owned())),
                (12, "al", &hear("* Goodbye!")),
                (12, "al", &Does::HearEnd),
            ]
        );
    }

    #[test]
    fn a_column_without_a_name_is_refused() {
        assert!(steps(1, &["FANFARE/1 Hi | FANFARE/1 Hi", "al |"]).is_err());
    }
}
