//! Owns the report in the form of Checkstyle. It knows no ranges; what was not looked at is an error of its file.

use std::collections::BTreeMap;

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::{INCOMPLETE, coverage_line, rule_name, whole_message, xml_text};
use crate::report::view::Document;
use crate::types::{RelPath, Severity};

/// Line, column, severity, message, source.
type Row = (u32, u32, &'static str, String, String);

/// Renders the findings by file. A comment has the coverage.
pub fn checkstyle(document: &Document<'_>) -> String {
    let mut files: BTreeMap<&RelPath, Vec<Row>> = BTreeMap::new();
    for file in &document.files {
        for finding in file.findings {
            let row = (finding.line, finding.column, severity(finding.severity), whole_message(finding), rule_name(finding));
            files.entry(file.path).or_default().push(row);
        }
    }
    for failure in document.coverage.failed {
        let row = (1, 1, "error", format!("not looked at: {}", failure.error), INCOMPLETE.to_owned());
        files.entry(&failure.path).or_default().push(row);
    }
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    let written = writer.create_element("checkstyle").with_attribute(("version", "4.3")).write_inner_content(|writer| {
        writer.write_event(quick_xml::events::Event::Comment(BytesText::new(&format!(" devflow: {} ", coverage_line(document)))))?;
        for (path, rows) in files {
            writer.create_element("file").with_attribute(("name", xml_text(path.as_str()).as_str())).write_inner_content(|writer| {
                for (line, column, severity, message, source) in rows {
                    let (line, column, message, source) = (line.to_string(), column.to_string(), xml_text(&message), xml_text(&source));
                    let attributes = [
                        ("line", line.as_str()),
                        ("column", column.as_str()),
                        ("severity", severity),
                        ("message", message.as_str()),
                        ("source", source.as_str()),
                    ];
                    writer.create_element("error").with_attributes(attributes).write_empty()?;
                }
                Ok(())
            })?;
        }
        Ok(())
    });
    written.map(drop).expect("writing to memory cannot fail");
    let body = String::from_utf8(writer.into_inner()).expect("only text was written");
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}\n")
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "info",
    }
}
