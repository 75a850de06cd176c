//! The letterhead of an office: lines of text, and a picture that is read before it is believed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::DocumentError;
use super::page::lines;

/// A larger picture is no letterhead.
const MAX_IMAGE_BYTES: u64 = 5_000_000;
/// Nor is one that takes hundreds of megabytes when it is unpacked.
const MAX_SIDE: u32 = 4_000;
/// A longer text is no letterhead.
const MAX_TEXT_BYTES: u64 = 4_000;
const MAX_LINES: usize = 8;

/// How a picture is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageKind {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
}

impl ImageKind {
    /// `png` or `jpeg`, which is the ending and the second part of the MIME type.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
        }
    }
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterImage {
    /// The file, as it is.
    pub bytes: Vec<u8>,
    /// How it is packed.
    pub kind: ImageKind,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// What stands over the first page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letterhead {
    /// One under the other; the first is the office's name.
    pub lines: Vec<String>,
    /// Over them.
    pub image: Option<LetterImage>,
}

impl Letterhead {
    /// A letterhead of this text, one line a line; blank ones are left out.
    pub fn of_text(text: &str) -> Self {
        let lines = lines(text);
        let lines = lines.split('\n').map(str::trim).filter(|line| !line.is_empty());
        Self { lines: lines.take(MAX_LINES).map(str::to_owned).collect(), image: None }
    }

    /// Reads the text and the picture, either of which may be left out.
    pub fn read(text: Option<&Path>, image: Option<&Path>) -> Result<Self, DocumentError> {
        let mut head = match text {
            None => Self::default(),
            Some(path) => {
                let bytes = read(path, MAX_TEXT_BYTES)?;
                let text =
                    std::str::from_utf8(&bytes).map_err(|error| DocumentError::NotUtf8 { at: error.valid_up_to() })?;
                Self::of_text(text.trim_start_matches('\u{feff}'))
            }
        };
        head.image = image.map(|path| LetterImage::of_bytes(read(path, MAX_IMAGE_BYTES)?)).transpose()?;
        Ok(head)
    }

    /// Neither text nor picture.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.image.is_none()
    }
}

impl LetterImage {
    /// The picture in these bytes: PNG or JPEG, of a size that can be printed.
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Self, DocumentError> {
        let found = png_size(&bytes).map(|size| (ImageKind::Png, size));
        let found = found.or_else(|| jpeg_size(&bytes).map(|size| (ImageKind::Jpeg, size)));
        let (kind, (width, height)) = found.ok_or(DocumentError::NotAnImage)?;
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return Err(DocumentError::NotAnImage);
        }
        Ok(Self { bytes, kind, width, height })
    }

    /// Width and height that fit into `max`, in the same unit, with the picture's own proportions.
    pub fn fitted(&self, max: (f32, f32)) -> (f32, f32) {
        let (width, height) = (self.width as f32, self.height as f32);
        let scale = (max.0 / width).min(max.1 / height);
        (width * scale, height * scale)
    }
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, DocumentError> {
    let meta = std::fs::metadata(path)?;
    if meta.is_dir() {
        return Err(DocumentError::Folder);
    }
    if !meta.is_file() {
        return Err(DocumentError::NotARegularFile);
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(DocumentError::TooLarge { bytes: meta.len() });
    }
    Ok(bytes)
}

/// Width and height from the IHDR chunk, which the format puts first (PNG, third edition, 11.2.1).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let head = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..16)?;
    let sizes = head.strip_prefix(b"IHDR")?;
    let number = |at: usize| sizes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
    Some((number(0)?, number(4)?))
}

/// Width and height from the start of frame, which comes after some other segments (ITU-T T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let marker = *rest.strip_prefix(b"\xff")?.first()?;
        if marker == 0xff {
            // A fill byte: the marker begins one byte later.
            rest = &rest[1..];
            continue;
        }
        rest = rest.get(2..)?;
        let length = usize::from(u16::from_be_bytes(rest.get(..2)?.try_into().ok()?));
        let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            let number = |at: usize| Some(u32::from(u16::from_be_bytes(rest.get(at..at + 2)?.try_into().ok()?)));
            return Some((number(5)?, number(3)?));
        }
        rest = rest.get(length.max(2)..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_lines() {
        let head = Letterhead::of_text("\nAsociación de prueba \r\n\r\n C/ Mayor, 1\u{7}\n");
        assert_eq!(head.lines, ["Asociación de prueba", "C/ Mayor, 1"]);
        assert!(Letterhead::of_text(" \n").is_empty());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x20".to_vec();
        assert_eq!(LetterImage::of_bytes(png.clone()).unwrap().fitted((32.0, 32.0)), (32.0, 16.0));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08\0\x20\0\x40".to_vec();
        let found = LetterImage::of_bytes(jpeg.clone()).unwrap();
        assert_eq!((found.kind, found.width, found.height), (ImageKind::Jpeg, 64, 32));
        let mut huge = png.clone();
        huge[16] = 1;
        for bytes in [Vec::new(), b"GIF89a".to_vec(), png[..20].to_vec(), jpeg[..12].to_vec(), huge] {
            assert!(matches!(LetterImage::of_bytes(bytes), Err(DocumentError::NotAnImage)));
        }
    }
}
