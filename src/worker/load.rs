//! From what a person chose to an engine: which files, in which form, on which device.

use super::inference::LoadJob;
use super::protocol::{LoadStage, ModelNames, ModelSource};
use crate::config::{DeviceSetting, QuantizationChoice};
use crate::files;
use crate::inference::{Cancel, Engine, LocalEngine};
use crate::model::{
    self, AdapterMode, DeviceChoice, FileSource, LoadProgress, LoadRequest, ModelError, Quantization, embedded,
};

/// The demonstration model's own name, in the language of whoever reads its suggestions.
pub const EMBEDDED_NAME: &str = "Modelo de demostración";

impl From<QuantizationChoice> for Quantization {
    fn from(choice: QuantizationChoice) -> Self {
        match choice {
            QuantizationChoice::None => Self::None,
            QuantizationChoice::Q8_0 => Self::Q8_0,
            QuantizationChoice::Q6k => Self::Q6K,
            QuantizationChoice::Q4k => Self::Q4K,
        }
    }
}

impl From<DeviceSetting> for DeviceChoice {
    fn from(setting: DeviceSetting) -> Self {
        match setting {
            DeviceSetting::Auto => Self::Auto,
            DeviceSetting::Cpu => Self::Cpu,
            DeviceSetting::Cuda => Self::Cuda,
            DeviceSetting::Metal => Self::Metal,
        }
    }
}

/// Loads a model into an engine that runs on this computer.
///
/// # Errors
/// [`ModelError`], which names the file, field or tensor at fault; [`ModelError::Cancelled`] when asked to stop.
pub fn load_local(
    job: &LoadJob,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(LoadStage, f32),
) -> Result<Box<dyn Engine>, ModelError> {
    Ok(Box::new(open_local(job, cancel, on_progress)?))
}

/// As [`load_local`], for who wants more of the engine than to generate.
///
/// # Errors
/// The same.
pub fn open_local(
    job: &LoadJob,
    cancel: &Cancel,
    on_progress: &mut dyn FnMut(LoadStage, f32),
) -> Result<LocalEngine, ModelError> {
    let mut progress = |progress: LoadProgress| {
        let stage = match progress.stage {
            model::LoadStage::Opening => LoadStage::Opening,
            model::LoadStage::Weights => LoadStage::Weights,
        };
        on_progress(stage, progress.bytes_done as f32 / progress.bytes_total.max(1) as f32);
    };
    let loaded = model::load(&load_request(job)?, &mut progress, &|| cancel.is_cancelled())?;
    LocalEngine::new(loaded)
}

fn load_request(job: &LoadJob) -> Result<LoadRequest, ModelError> {
    let (base, adapter, name, adapter_name, demonstration) = match &job.source {
        ModelSource::Embedded => (embedded::base(), Some(embedded::adapter()), EMBEDDED_NAME.to_owned(), None, true),
        ModelSource::Folders { base, adapter, names: ModelNames { base: base_name, adapter: adapter_name } } => (
            FileSource::at(base)?,
            adapter.as_deref().map(FileSource::at).transpose()?,
            base_name.clone().unwrap_or_else(|| files::name_of(base)),
            adapter.as_deref().map(|folder| adapter_name.clone().unwrap_or_else(|| files::name_of(folder))),
            false,
        ),
    };
    Ok(LoadRequest {
        base,
        adapter,
        adapter_mode: AdapterMode::Beside,
        quantization: job.quantization.into(),
        device: job.device.into(),
        dtype: None,
        name,
        adapter_name,
        demonstration,
    })
}
