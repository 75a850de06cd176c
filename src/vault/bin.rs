//! The bin: which cases are in it, and what would go for good with them.

use super::{Vault, VaultError};
use crate::domain::CaseId;

/// How much goes for good with cases of the bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BinContents {
    /// Cases.
    pub cases: u64,
    /// Earlier texts of them.
    pub revisions: u64,
    /// Suggestions that were made for them.
    pub suggestions: u64,
    /// Texts of them that were typed and not saved.
    pub drafts: u64,
    /// Names of what lies with them.
    pub attachments: u64,
}

impl Vault {
    /// What deleting would take: with one case of the bin, or (none) with all of them.
    pub fn bin_contents(&self, id: Option<&CaseId>) -> Result<BinContents, VaultError> {
        let id = id.map(|id| id.0.as_str());
        let count = |from: &str| -> Result<u64, VaultError> {
            let words = format!("SELECT count(*) FROM {from} WHERE cases.in_bin AND (?1 IS NULL OR cases.id = ?1)");
            Ok(self.db.query_row(&words, [id], |row| row.get::<_, i64>(0))?.unsigned_abs())
        };
        Ok(BinContents {
            cases: count("cases")?,
            revisions: count("revisions JOIN cases ON cases.row = case_row")?,
            suggestions: count("suggestions JOIN cases ON cases.row = case_row")?,
            drafts: count("drafts JOIN cases ON cases.id = drafts.id")?,
            attachments: count("attachments JOIN cases ON cases.row = case_row")?,
        })
    }

    /// The cases of the bin.
    pub fn binned(&self) -> Result<Vec<CaseId>, VaultError> {
        let mut read = self.db.prepare("SELECT id FROM cases WHERE in_bin ORDER BY row")?;
        let ids = read.query_map([], |row| row.get(0).map(CaseId))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }
}
