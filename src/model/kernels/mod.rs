//! Products of quantised weights with f32 rows, and the float work of a transformer, at the speed of this machine's memory.
//!
//! Weights lie in tiles of 16 interleaved rows ([`PackedMatrix`]), activations are rounded to int8 ([`Activations`]), and the
//! sums are whole numbers: every kernel gives the same bits as the plain twin in `plain.rs`, whatever its width. Which one
//! runs is found out at run time ([`Isa::detect`]). Products of f32 matrices, for the training, add in one order whatever the
//! kernel ([`dense`]). The only room with `unsafe`: intrinsics, threads that write to disjoint parts of one slice, and what
//! is asked of the system about memory.

#![allow(unsafe_code)]
// A helper that isn't part of its kernel's body is compiled without the kernel's instructions; registers are arrays that
// several loops index alike.
#![allow(clippy::inline_always, clippy::needless_range_loop)]

mod activations;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod bandwidth;
pub(crate) mod dense;
mod isa;
mod key_values;
mod memory;
#[cfg(target_arch = "aarch64")]
mod neon;
mod packed;
mod packed_product;
mod page_cache;
mod plain;
mod pool;
mod priority;
#[cfg(test)]
mod tests;
mod tile;

pub(crate) use activations::Activations;
pub(crate) use bandwidth::Bandwidth;
pub(crate) use isa::Isa;
pub(crate) use key_values::{KeyValuePage, PAGE};
pub(crate) use memory::advise_huge_pages;
pub(crate) use packed::{BlockFormat, PackedMatrix};
pub(crate) use packed_product::{Job, product};
pub use page_cache::forget_cached;
pub(crate) use pool::Pool;
pub use pool::use_threads;
