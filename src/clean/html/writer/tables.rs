//! Tables: rows in bodies, cells in rows, and nothing between them.
//!
//! Parsers move what stands between cells out of the table, each text to another place. Here it
//! gets a cell of its own, where it stands.

use std::borrow::Cow;

use super::Writer;

impl Writer {
    pub(super) fn start_table_part(
        &mut self,
        written: Cow<'static, str>,
        name: &'static str,
        tag: &str,
    ) {
        let Some(table) = self.stack.iter().rposition(|open| open.name == "table") else {
            // Cells without a table are blocks of text.
            if matches!(name, "tr" | "td" | "th" | "caption") && self.fits_depth(1) {
                self.close_paragraph();
                self.push(written, "div", Some("<div>"));
            }
            return;
        };
        let section = table.saturating_add(1);
        match name {
            "caption" => {
                let is_first = self.stack.get(table).is_some_and(|t| t.inner == self.out.len());
                if is_first && self.stack.len() == section {
                    self.push(written, name, Some(tag));
                }
            }
            "thead" | "tbody" | "tfoot" => {
                self.close_to(section);
                self.push(written, name, Some(tag));
            }
            "tr" => {
                self.close_to(section.saturating_add(1));
                self.open_rows(section, false);
                self.push(written, name, Some(tag));
            }
            _ => {
                self.close_to(section.saturating_add(2));
                self.open_rows(section, true);
                self.push(written, name, Some(tag));
            }
        }
    }

    /// Opens what a row, or a cell, needs around it in the table below `section`.
    fn open_rows(&mut self, section: usize, with_row: bool) {
        if self.stack.get(section).is_some_and(|open| open.name == "caption") {
            self.close_to(section);
        }
        if self.stack.len() == section {
            self.push(Cow::Borrowed("tbody"), "tbody", Some("<tbody>"));
        }
        if with_row && self.stack.len() == section.saturating_add(1) {
            self.push(Cow::Borrowed("tr"), "tr", Some("<tr>"));
        }
    }

    pub(super) fn is_between_cells(&self) -> bool {
        self.stack
            .last()
            .is_some_and(|open| matches!(open.name, "table" | "thead" | "tbody" | "tfoot" | "tr"))
    }

    /// Where content stands between cells, a cell is made for it.
    pub(super) fn open_cell(&mut self) {
        if !self.is_between_cells() {
            return;
        }
        if let Some(table) = self.stack.iter().rposition(|open| open.name == "table") {
            self.open_rows(table.saturating_add(1), true);
            self.push(Cow::Borrowed("td"), "td", Some("<td>"));
        }
    }
}
