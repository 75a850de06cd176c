//! A file of weights that were made up, for measurements: by the writer that conversions go through, so that loading it is
//! loading a converted model.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::convert::described;
use super::error::ConvertError;
use super::format::TensorType;
use super::pack::{Target, dense_bytes};
use super::prepare::{Form, Planned};
use super::writer::Item;
use super::writing::{Content, Put, write};
use super::{keys, names};
use crate::files::write_all_at;
use crate::model::build::tensors_of;
use crate::model::tensors::Tensors;
use crate::model::{Config, ModelError, Quantization};

/// What goes into such a file.
pub(crate) struct RandomWeights<'a> {
    /// The model's name, as shown.
    pub(crate) name: &'a str,
    /// Its sizes.
    pub(crate) config: &'a Config,
    /// The same as they stand in `config.json`.
    pub(crate) config_json: &'a str,
    /// The form of the linear layers.
    pub(crate) quantization: Quantization,
    /// The weights in that form.
    pub(crate) tensors: &'a dyn Tensors,
    /// Names the weights.
    pub(crate) digest: &'a str,
}

/// Writes `weights` to `out` in place of what may be there, one tensor at a time.
///
/// # Errors
/// [`ConvertError`]; what was finished by then is kept for the next attempt.
pub(crate) fn write_random(
    weights: &RandomWeights<'_>,
    out: &Path,
    cancelled: &dyn Fn() -> bool,
) -> Result<(), ConvertError> {
    let made = Made::new(weights)?;
    write(&made, out, true, &mut |_| (), cancelled).map(drop)
}

struct Made<'a> {
    weights: &'a RandomWeights<'a>,
    plan: Vec<Planned>,
    metadata: Vec<(String, Item)>,
}

impl<'a> Made<'a> {
    fn new(weights: &'a RandomWeights<'a>) -> Result<Self, ModelError> {
        let RandomWeights { name, config, config_json, quantization, tensors, digest } = weights;
        let planned = |(from, shape): (String, Vec<usize>)| {
            let kind = match tensors.block_format(&from) {
                Some(format) => TensorType::of_format(format),
                None if shape.len() < 2 => Some(TensorType::F32),
                None => Some(TensorType::F16),
            };
            let ours = names::to_gguf(&from).zip(kind);
            let (name, kind) = ours.ok_or_else(|| ModelError::UnexpectedTensor(from.clone()))?;
            let source_bytes = tensors.bytes(&from);
            Ok(Planned { from, module: None, name, shape, form: Form::Exactly(kind), source_bytes })
        };
        let plan = tensors_of(config, config.vocab_size).into_iter().map(planned);
        let mut metadata = described(name, *quantization, config, digest);
        metadata.push((keys::of_file("config.json"), Item::Text((*config_json).to_owned())));
        Ok(Self { weights, plan: plan.collect::<Result<_, ModelError>>()?, metadata })
    }
}

impl Content for Made<'_> {
    fn metadata(&self) -> &[(String, Item)] {
        &self.metadata
    }

    fn plan(&self) -> &[Planned] {
        &self.plan
    }

    fn fingerprint(&self, header: &[u8]) -> Result<String, ConvertError> {
        Ok(data_encoding::HEXLOWER.encode(&Sha256::digest(header)[..16]))
    }

    fn put(
        &self,
        planned: &Planned,
        target: &Target<'_>,
        tell: &mut dyn FnMut(u64),
        _cancelled: &dyn Fn() -> bool,
    ) -> Result<Put, ConvertError> {
        let kind = planned.form.kind();
        let bytes = match kind.dtype() {
            Some(dtype) => dense_bytes(&self.weights.tensors.tensor(&planned.from)?.to_dtype(dtype)?)?,
            None => self.weights.tensors.blocks(&planned.from)?,
        };
        let written = write_all_at(target.file, &bytes, target.offset);
        written.map_err(|source| ConvertError::write(target.path, 0, source))?;
        tell(planned.source_bytes);
        Ok(Put { number: kind.number(), bytes: bytes.len() as u64, checksum: crc32fast::hash(&bytes) })
    }
}
