//! Lines and columns of byte offsets.

/// Finds lines and columns of byte offsets.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Looks for the line ends of `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        Self { starts }
    }

    /// The line of a byte offset, from 1.
    pub fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// First byte of a line that counts from 1; the end of the text for a line past the end.
    pub fn start(&self, line: u32) -> usize {
        let at = (line.max(1) as usize - 1).min(self.starts.len() - 1);
        self.starts[at]
    }

    /// The column of a byte offset in characters, from 1. `text` is the text of the index.
    pub fn column(&self, text: &str, offset: usize) -> u32 {
        let start = self.start(self.line(offset));
        // Editors do not count the mark at the beginning of some files.
        let mark = usize::from(start == 0 && text.starts_with('\u{feff}') && offset > 0);
        (text[start..offset].chars().count() - mark) as u32 + 1
    }
}
