//! What a file may cost. A table of cases stays far below each; a file that is made to do harm does not get past them.

/// Of the file itself, in bytes: the same as for a case file.
pub const MAX_FILE_BYTES: u64 = super::super::MAX_FILE_BYTES;
/// Of a workbook's sheet or of its texts, unpacked, in bytes.
pub const MAX_UNPACKED_BYTES: u64 = 100_000_000;
/// Of its other parts (styles, relations), which are held in a costlier form.
pub const MAX_SMALL_PART_BYTES: u64 = 2_000_000;
/// Files inside a workbook.
pub const MAX_PARTS: usize = 2_000;
/// Rows, the headings among them.
pub const MAX_ROWS: usize = 100_000;
/// Columns.
pub const MAX_COLUMNS: usize = 200;
/// Cells that are not empty.
pub const MAX_CELLS: usize = 1_000_000;
/// Of a cell, in bytes: no field of a case may hold more.
pub const MAX_CELL_BYTES: usize = crate::domain::MAX_FACTS_BYTES;
/// Problems that are kept one by one; of the rest, only how many there are.
pub const MAX_PROBLEMS: usize = 5_000;
