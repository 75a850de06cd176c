//! The models that are offered ready to pick: the system's own base in full and in half precision, with its adapter.

use crate::config::{ModelLocation, QuantizationChoice};

/// A repository, and how much of it is downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueRepo {
    /// `owner/name`.
    pub repo: &'static str,
    /// Branch, tag or commit; none = `main`.
    pub revision: Option<&'static str>,
    /// Bytes to download, as the repository states them, rounded; the exact sum is known once a download has begun.
    pub download_bytes: u64,
}

impl CatalogueRepo {
    /// As the settings hold it.
    pub fn location(&self) -> ModelLocation {
        ModelLocation::Repo { repo: self.repo.to_owned(), revision: self.revision.map(str::to_owned) }
    }
}

/// The numbers of a GPT-J from which its memory follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Width of a token's vector.
    pub n_embd: u64,
    /// Width inside the MLP.
    pub n_inner: u64,
    /// Blocks.
    pub n_layer: u64,
    /// Rows of the embedding and of the head.
    pub vocab_size: u64,
    /// Bytes of one weight as it is stored: 4 or 2.
    pub stored_bytes: u64,
}

impl Shape {
    /// Weights of all linear layers, the head's among them.
    const fn linear(&self) -> u64 {
        self.n_layer * (4 * self.n_embd * self.n_embd + 2 * self.n_embd * self.n_inner) + self.vocab_size * self.n_embd
    }

    /// Biases and norms, which are held in single precision.
    const fn vectors(&self) -> u64 {
        self.n_layer * (3 * self.n_embd + self.n_inner) + 2 * self.n_embd + self.vocab_size
    }

    const fn embedding(&self) -> u64 {
        self.vocab_size * self.n_embd
    }

    /// Weights in all.
    pub const fn parameters(&self) -> u64 {
        self.linear() + self.embedding() + self.vectors()
    }

    /// Bytes that the weights take in memory, by the formula of `model::weights_bytes` (a test holds the two together):
    /// 34 bytes for 32 weights in 8 bit, 212 and 148 bytes for 256 in 6 and 4 bit; beside quantised layers the
    /// embedding is in half precision.
    pub const fn memory_bytes(&self, quantization: QuantizationChoice) -> u64 {
        let linear = self.linear();
        let (linear, wide) = match quantization {
            QuantizationChoice::None => (linear * self.stored_bytes, self.stored_bytes),
            QuantizationChoice::Q8_0 => (linear / 32 * 34, 2),
            QuantizationChoice::Q6k => (linear / 256 * 212, 2),
            QuantizationChoice::Q4k => (linear / 256 * 148, 2),
        };
        linear + wide * self.embedding() + 4 * self.vectors()
    }
}

/// A base model with its adapter. Names for people are Fluent messages that go by `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CatalogueEntry {
    /// Names the entry; never changes.
    pub id: &'static str,
    /// The base model.
    pub base: CatalogueRepo,
    /// Its adapter.
    pub adapter: Option<CatalogueRepo>,
    /// The licence of both, as SPDX names it.
    pub licence: &'static str,
    /// The base's shape.
    pub shape: Shape,
}

impl CatalogueEntry {
    /// Bytes to download, of base and adapter together, rounded.
    pub fn download_bytes(&self) -> u64 {
        self.base.download_bytes + self.adapter.map_or(0, |adapter| adapter.download_bytes)
    }

    /// Bytes of memory that base and adapter need, with the base's weights held so. What a suggestion takes beside them
    /// is not counted.
    pub fn memory_bytes(&self, quantization: QuantizationChoice) -> u64 {
        self.shape.memory_bytes(quantization) + self.adapter.map_or(0, |adapter| adapter.download_bytes)
    }
}

/// GPT-J 6B, at `stored_bytes` a weight.
const fn gpt_j_6b(stored_bytes: u64) -> Shape {
    Shape { n_embd: 4096, n_inner: 16384, n_layer: 28, vocab_size: 50400, stored_bytes }
}

const PAG_BERT: CatalogueRepo =
    CatalogueRepo { repo: "somosnlp-hackathon-2023/PAG-BERT", revision: None, download_bytes: 29_400_000 };

/// What is offered. The base's own branch `v1-half` is a third way to the half precision; whoever wants it names it as a
/// revision.
pub const CATALOGUE: &[CatalogueEntry] = &[
    CatalogueEntry {
        id: "bertin-half",
        base: CatalogueRepo {
            repo: "DavidFM43/bertin-gpt-j-6b-half-sharded",
            revision: None,
            download_bytes: 12_100_000_000,
        },
        adapter: Some(PAG_BERT),
        licence: "Apache-2.0",
        shape: gpt_j_6b(2),
    },
    CatalogueEntry {
        id: "bertin-full",
        base: CatalogueRepo { repo: "bertin-project/bertin-gpt-j-6B", revision: None, download_bytes: 24_200_000_000 },
        adapter: Some(PAG_BERT),
        licence: "Apache-2.0",
        shape: gpt_j_6b(4),
    },
];
