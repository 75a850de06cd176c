//! Which processor runs the model: the CPU, or a GPU whose backend was compiled in and answers.

use std::fmt;
use std::str::FromStr;

use candle_core::{DType, Device, Tensor};

use super::ModelError;
use crate::domain::Fallback;

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// A GPU where one works, the CPU otherwise.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU, or an error.
    Cuda,
    /// An Apple GPU, or an error.
    Metal,
}

impl DeviceChoice {
    const ALL: [Self; 4] = [Self::Auto, Self::Cpu, Self::Cuda, Self::Metal];
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        })
    }
}

impl FromStr for DeviceChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|choice| choice.to_string() == text);
        found.ok_or_else(|| format!("{text:?} is none of auto, cpu, cuda, metal"))
    }
}

/// The device that will be used, and why it is not another one.
#[derive(Debug, Clone)]
pub struct ChosenDevice {
    /// The device for candle.
    pub device: Device,
    /// In words: `CPU`, `CUDA 0`, `Metal`.
    pub name: &'static str,
    /// Set when a GPU backend is compiled in but does not work.
    pub fallback: Option<Fallback>,
}

impl ChosenDevice {
    fn new(device: Device, name: &'static str) -> Self {
        Self { device, name, fallback: None }
    }
}

/// Opens the device asked for. `Auto` never fails: it takes the CPU and says why no GPU was used, where this build has
/// a GPU's backend at all.
///
/// # Errors
/// [`ModelError::Device`] when a GPU was asked for by name and can't be used.
pub fn open(choice: DeviceChoice) -> Result<ChosenDevice, ModelError> {
    match choice {
        DeviceChoice::Cpu => Ok(ChosenDevice::new(Device::Cpu, "CPU")),
        DeviceChoice::Cuda => open_gpu("CUDA 0", cfg!(feature = "cuda"), || Device::new_cuda(0)),
        DeviceChoice::Metal => open_gpu("Metal", cfg!(feature = "metal"), || Device::new_metal(0)),
        DeviceChoice::Auto => {
            let wanted = match () {
                () if cfg!(feature = "cuda") => DeviceChoice::Cuda,
                () if cfg!(feature = "metal") => DeviceChoice::Metal,
                () => return open(DeviceChoice::Cpu),
            };
            open(wanted).or_else(|error| {
                let (wanted, reason) = match error {
                    ModelError::Device { device, reason } => (device.to_owned(), reason),
                    other => (wanted.to_string(), other.to_string()),
                };
                let mut cpu = open(DeviceChoice::Cpu)?;
                cpu.fallback = Some(Fallback { wanted, reason });
                Ok(cpu)
            })
        }
    }
}

/// Opens a GPU and computes one sum on it: a driver that is too old fails only at its first kernel. The libraries behind
/// it may panic where a shared library is missing, which counts as not usable.
fn open_gpu(
    name: &'static str,
    compiled_in: bool,
    open: impl FnOnce() -> candle_core::Result<Device> + std::panic::UnwindSafe,
) -> Result<ChosenDevice, ModelError> {
    let refuse = |reason: String| ModelError::Device { device: name, reason };
    if !compiled_in {
        return Err(refuse("this build has no support for it".to_owned()));
    }
    let tried = std::panic::catch_unwind(|| -> candle_core::Result<Device> {
        let device = open()?;
        Tensor::ones(2, DType::F32, &device)?.sum_all()?.to_scalar::<f32>()?;
        Ok(device)
    });
    match tried {
        Ok(Ok(device)) => Ok(ChosenDevice::new(device, name)),
        Ok(Err(error)) => Err(refuse(error.to_string().lines().next().unwrap_or_default().to_owned())),
        Err(_) => Err(refuse("its libraries can't be opened".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for choice in DeviceChoice::ALL {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert!("gpu".parse::<DeviceChoice>().is_err());
    }

    #[test]
    fn a_gpu_that_is_not_compiled_in_is_refused_by_name_and_passed_over_by_auto() {
        if cfg!(any(feature = "cuda", feature = "metal")) {
            return;
        }
        assert!(matches!(open(DeviceChoice::Cuda), Err(ModelError::Device { device: "CUDA 0", .. })));
        let auto = open(DeviceChoice::Auto).unwrap();
        assert!(auto.device.is_cpu());
        assert_eq!(auto.fallback, None);
    }

    #[test]
    fn a_gpu_whose_libraries_panic_or_fail_is_an_error() {
        let panics = open_gpu("CUDA 0", true, || panic!("libcuda.so.1"));
        assert!(matches!(panics, Err(ModelError::Device { .. })));
        let fails = open_gpu("CUDA 0", true, || Err(candle_core::Error::Msg("no device\nbacktrace".into())));
        assert!(matches!(fails, Err(ModelError::Device { reason, .. }) if reason == "no device"));
    }
}
