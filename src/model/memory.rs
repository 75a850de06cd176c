//! How much memory a model will take, before it is loaded: a computer that runs out of it stops without a word.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::quantization::kernel_format;
use super::{Config, ModelError, Quantization, cgroup};

/// What a load takes beside the weights: the tensor in hand, the tokenizer, the first words of a case.
const BESIDE_BYTES: u64 = 300_000_000;
/// Models below this are as small as the demonstration model: beside them nothing is worth counting.
const SMALL_BYTES: u64 = 200_000_000;

/// Bytes that the weights of a model take in memory. `dense_bytes` is the width of one dense weight: 2 for half
/// precision, 4 for single.
pub fn weights_bytes(config: &Config, quantization: Quantization, dense_bytes: u64) -> u64 {
    let (width, inner, vocab) = (config.n_embd, config.n_inner, config.vocab_size);
    let linear = |rows: usize, columns: usize| match quantization.format_for(columns) {
        Some(format) => match kernel_format(format) {
            Some(packed) => packed.packed_bytes(rows, columns),
            None => (rows * columns / format.block_size() * format.type_size()) as u64,
        },
        None => (rows * columns) as u64 * dense_bytes,
    };
    let block = 4 * linear(width, width) + linear(inner, width) + linear(width, inner);
    let vectors = config.n_layer * (3 * width + inner) + 2 * width + vocab;
    // Beside quantised layers the embedding is kept in half precision.
    let embedding = if quantization == Quantization::None { dense_bytes } else { 2 } * (vocab * width) as u64;
    config.n_layer as u64 * block + linear(vocab, width) + embedding + 4 * vectors as u64
}

/// Bytes of memory that the computer has; `None` where that can't be told.
pub fn total_bytes() -> Option<u64> {
    let system = system()?;
    let limit = cgroup::of_process().map_or(u64::MAX, |limits| limits.total);
    let total = system.total_memory().min(limit);
    (total > 0).then_some(total)
}

/// Bytes that the computer could give to a model now; `None` where that can't be told.
pub fn available_bytes() -> Option<u64> {
    let system = system()?;
    let free = system.available_memory().saturating_add(system.free_swap());
    // A container may be allowed less than the computer has; its swap is not counted on.
    let free = free.min(cgroup::of_process().map_or(u64::MAX, |limits| limits.free));
    (free > 0).then_some(free)
}

/// The most memory that this process ever held, where the system tells it (`VmHWM`).
pub fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

fn system() -> Option<System> {
    System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::everything())).ok()
}

/// Refuses a model that can't fit, and names the largest form of it that would. Knows nothing of what other programs will
/// ask for later.
pub(crate) fn check(
    config: &Config,
    quantization: Quantization,
    dense_bytes: u64,
    available: Option<u64>,
    converted: bool,
) -> Result<(), ModelError> {
    let Some(available) = available else { return Ok(()) };
    let needed = needed_bytes(config, quantization, dense_bytes);
    if needed <= available {
        return Ok(());
    }
    let smaller = Quantization::ALL.into_iter().map(|form| (form, needed_bytes(config, form, dense_bytes)));
    let fits = smaller.into_iter().find(|(_, bytes)| *bytes <= available);
    Err(ModelError::NotEnoughMemory { needed, available, fits, converted })
}

fn needed_bytes(config: &Config, quantization: Quantization, dense_bytes: u64) -> u64 {
    let weights = weights_bytes(config, quantization, dense_bytes);
    if weights < SMALL_BYTES { weights } else { weights + BESIDE_BYTES }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = br#"{"model_type": "gptj", "n_embd": 4096, "n_layer": 28, "n_head": 16, "n_positions": 2048,
        "vocab_size": 50400}"#;

    #[test]
    fn the_seeds_base_takes_what_its_formats_say() {
        let config = Config::from_json(SEED).unwrap();
        let tenths = |quantization, dense| weights_bytes(&config, quantization, dense) / 100_000_000;
        assert_eq!(tenths(Quantization::None, 4), 242);
        assert_eq!(tenths(Quantization::None, 2), 121);
        assert_eq!(tenths(Quantization::Q8_0, 2), 66);
        assert_eq!(tenths(Quantization::Q4K, 2), 37);
    }

    #[test]
    fn what_cannot_fit_is_refused_with_both_numbers() {
        let config = Config::from_json(SEED).unwrap();
        let refused = |quantization, available| match check(&config, quantization, 2, Some(available), false) {
            Err(ModelError::NotEnoughMemory { needed, available: said, fits, converted: false }) => {
                assert!(needed > said && said == available);
                Some(fits.map(|(form, _)| form))
            }
            other => other.map(|()| None).unwrap(),
        };
        assert!(check(&config, Quantization::None, 4, None, false).is_ok());
        assert_eq!(refused(Quantization::Q8_0, 8_000_000_000), None);
        assert_eq!(refused(Quantization::None, 8_000_000_000), Some(Some(Quantization::Q8_0)));
        assert_eq!(refused(Quantization::Q8_0, 4_200_000_000), Some(Some(Quantization::Q4K)));
        assert_eq!(refused(Quantization::Q4K, 3_000_000_000), Some(None));
        assert!(available_bytes().is_some_and(|bytes| bytes > 1 << 20));
    }
}
