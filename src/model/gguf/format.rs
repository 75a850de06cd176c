//! The values and tensor types of GGUF, with the numbers that stand for them in a file.

use candle_core::DType;
use candle_core::quantized::GgmlDType;

/// The first four bytes of every GGUF file.
pub(super) const MAGIC: [u8; 4] = *b"GGUF";
/// The version that is written, and the only one that is read.
pub(super) const VERSION: u32 = 3;
/// Tensors begin at multiples of this, unless `general.alignment` says otherwise.
pub(super) const ALIGNMENT: u64 = 32;

/// A value of the metadata. Arrays of numbers that this program does not use keep only their length.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any unsigned integer.
    Unsigned(u64),
    /// Any signed integer.
    Signed(i64),
    /// f32 or f64.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// An array of u32, as the checksums are.
    Numbers(Vec<u32>),
    /// Any other array: how many elements.
    Array(u64),
}

impl Value {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The unsigned integer, if it is one.
    pub fn unsigned(&self) -> Option<u64> {
        match self {
            Self::Unsigned(value) => Some(*value),
            _ => None,
        }
    }
}

/// How the numbers of a tensor are stored; the discriminants are ggml's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TensorType {
    F32 = 0,
    F16 = 1,
    Q8_0 = 8,
    Q4K = 12,
    Q6K = 14,
    Bf16 = 30,
}

impl TensorType {
    const ALL: [Self; 6] = [Self::F32, Self::F16, Self::Q8_0, Self::Q4K, Self::Q6K, Self::Bf16];

    pub(super) fn of_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    pub(super) fn number(self) -> u32 {
        self as u32
    }

    pub(super) fn of_format(format: GgmlDType) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.format() == format)
    }

    pub(super) fn of_dtype(dtype: DType) -> Option<Self> {
        match dtype {
            DType::F32 => Some(Self::F32),
            DType::F16 => Some(Self::F16),
            DType::BF16 => Some(Self::Bf16),
            _ => None,
        }
    }

    /// The same type as candle names it.
    pub(crate) fn format(self) -> GgmlDType {
        match self {
            Self::F32 => GgmlDType::F32,
            Self::F16 => GgmlDType::F16,
            Self::Q8_0 => GgmlDType::Q8_0,
            Self::Q4K => GgmlDType::Q4K,
            Self::Q6K => GgmlDType::Q6K,
            Self::Bf16 => GgmlDType::BF16,
        }
    }

    /// The type of its numbers, where they are not packed into blocks.
    pub(crate) fn dtype(self) -> Option<DType> {
        match self {
            Self::F32 => Some(DType::F32),
            Self::F16 => Some(DType::F16),
            Self::Bf16 => Some(DType::BF16),
            _ => None,
        }
    }

    /// Bytes of `count` numbers; none where that is no whole number of blocks, or too many.
    pub(super) fn bytes_of(self, count: u64) -> Option<u64> {
        let (block, size) = (self.format().block_size() as u64, self.format().type_size() as u64);
        if !count.is_multiple_of(block) {
            return None;
        }
        (count / block).checked_mul(size)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::Q8_0 => "Q8_0",
            Self::Q4K => "Q4_K",
            Self::Q6K => "Q6_K",
            Self::Bf16 => "BF16",
        }
    }
}

/// What ggml calls the types that this program does not write, so that `inspect` can name them.
pub(super) fn foreign_name(number: u32) -> Option<&'static str> {
    Some(match number {
        2 => "Q4_0",
        3 => "Q4_1",
        6 => "Q5_0",
        7 => "Q5_1",
        9 => "Q8_1",
        10 => "Q2_K",
        11 => "Q3_K",
        13 => "Q5_K",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        _ => return None,
    })
}
