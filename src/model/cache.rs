//! The keys and values of the positions already seen, so that each step computes only the new ones.

use candle_core::{DType, Device, Tensor};

use super::packed::PackedCache;
use super::{Config, ModelError};

/// Positions that a cache makes room for at first, and the least that it grows by: a window of 2,048 positions of the
/// full-size model takes 1.9 GB, most of which a short case never needs.
const FIRST_ROOM: usize = 256;

/// Keys and values of one layer, each `[n_head, room, head_dim]` in f32.
#[derive(Debug)]
struct Layer {
    keys: Tensor,
    values: Tensor,
}

/// What one conversation with the model remembers. Belongs to the model that made it.
#[derive(Debug)]
pub struct KvCache {
    layers: Vec<Layer>,
    /// Takes the place of `layers` for a packed model.
    packed: Option<PackedCache>,
    n_head: usize,
    head_dim: usize,
    device: Device,
    /// Positions filled in every layer.
    len: usize,
    /// Positions that the tensors hold; doubles as needed.
    room: usize,
    /// Positions that the model has.
    capacity: usize,
}

impl KvCache {
    pub(crate) fn new(config: &Config, device: &Device) -> Result<Self, ModelError> {
        let mut cache = Self {
            layers: Vec::new(),
            packed: None,
            n_head: config.n_head,
            head_dim: config.head_dim(),
            device: device.clone(),
            len: 0,
            room: FIRST_ROOM.min(config.n_positions),
            capacity: config.n_positions,
        };
        cache.layers = (0..config.n_layer).map(|_| cache.empty_layer()).collect::<Result<_, _>>()?;
        Ok(cache)
    }

    /// A cache for a packed model.
    pub(crate) fn packed(config: &Config) -> Self {
        Self {
            layers: Vec::new(),
            packed: Some(PackedCache::new(config)),
            n_head: config.n_head,
            head_dim: config.head_dim(),
            device: Device::Cpu,
            len: 0,
            room: 0,
            capacity: config.n_positions,
        }
    }

    /// The part that a packed model reads and writes.
    pub(crate) fn packed_mut(&mut self) -> Option<&mut PackedCache> {
        self.packed.as_mut()
    }

    /// Positions filled.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing has been read yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Positions that fit: the model's window.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Bytes held now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        if let Some(packed) = &self.packed {
            return packed.bytes();
        }
        (2 * self.layers.len() * self.n_head * self.head_dim * self.room * size_of::<f32>()) as u64
    }

    /// Forgets every position from `len` on; does nothing when there are fewer.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room for `count` more positions.
    ///
    /// # Errors
    /// [`ModelError::ContextFull`] when the window has no such room; the cache is unchanged.
    pub(crate) fn reserve(&mut self, count: usize) -> Result<(), ModelError> {
        let needed = self.len + count;
        if needed > self.capacity {
            return Err(ModelError::ContextFull { asked: needed, limit: self.capacity });
        }
        if let Some(packed) = &mut self.packed {
            packed.reserve(needed);
            return Ok(());
        }
        if needed <= self.room {
            return Ok(());
        }
        self.room = needed.max(2 * self.room).min(self.capacity);
        // One layer at a time, so that only one is held twice.
        for index in 0..self.layers.len() {
            let larger = self.empty_layer()?;
            let layer = &mut self.layers[index];
            if self.len > 0 {
                larger.keys.slice_set(&layer.keys.narrow(1, 0, self.len)?.contiguous()?, 1, 0)?;
                larger.values.slice_set(&layer.values.narrow(1, 0, self.len)?.contiguous()?, 1, 0)?;
            }
            *layer = larger;
        }
        Ok(())
    }

    /// Writes new keys and values `[n_head, rows, head_dim]` of one layer after the positions filled, and gives all of
    /// that layer as views `[n_head, len + rows, head_dim]`, copying nothing. `reserve` comes before, `advance` after
    /// the last layer: a forward pass that fails half-way leaves the length as it was.
    pub(crate) fn append(
        &mut self,
        layer: usize,
        keys: &Tensor,
        values: &Tensor,
    ) -> candle_core::Result<(Tensor, Tensor)> {
        let rows = keys.dim(1)?;
        let layer = &self.layers[layer];
        layer.keys.slice_set(&keys.contiguous()?, 1, self.len)?;
        layer.values.slice_set(&values.contiguous()?, 1, self.len)?;
        let total = self.len + rows;
        Ok((layer.keys.narrow(1, 0, total)?, layer.values.narrow(1, 0, total)?))
    }

    pub(crate) fn advance(&mut self, rows: usize) {
        self.len += rows;
    }

    fn empty_layer(&self) -> Result<Layer, ModelError> {
        let shape = (self.n_head, self.room, self.head_dim);
        let zeros = || Tensor::zeros(shape, DType::F32, &self.device);
        Ok(Layer { keys: zeros()?, values: zeros()? })
    }
}
