//! From letters to glyphs, and from glyphs to lines that fit: Unicode's break opportunities (UAX #14), filled greedily.

use rustybuzz::{Direction, Face, ShapePlan, UnicodeBuffer, script, shape_with_plan};
use unicode_linebreak::linebreaks;

/// What stands where a letter has no glyph.
const BOX: char = '■';

/// Of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// For reading.
    Regular,
    /// For headings.
    Strong,
}

/// The font's file, as it is in the program.
pub(super) fn file(weight: Weight) -> &'static [u8] {
    match weight {
        Weight::Regular => include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
        Weight::Strong => include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
    }
}

/// A glyph and its place; lengths in units of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) id: u16,
    pub(super) advance: i16,
    pub(super) x_offset: i16,
    pub(super) y_offset: i16,
    /// The byte of the line's text that it begins at.
    pub(super) cluster: u32,
}

/// A line that fits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// With the blank at its end, which parts it from the next when it is copied.
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
    /// In points, without that blank.
    pub(super) width: f32,
    /// Letters without a glyph.
    pub(super) boxes: usize,
}

struct Sized {
    face: Face<'static>,
    plan: ShapePlan,
    /// The box and how wide it is.
    missing: (u16, i16),
}

/// The fonts, ready to shape with.
pub(super) struct Fonts {
    regular: Sized,
    strong: Sized,
}

impl Fonts {
    /// None only when the program's own fonts are broken.
    pub(super) fn new() -> Option<Self> {
        let sized = |weight| {
            let face = Face::from_slice(file(weight), 0)?;
            let plan = ShapePlan::new(&face, Direction::LeftToRight, Some(script::LATIN), None, &[]);
            let id = face.glyph_index(BOX)?;
            let missing = (id.0, face.glyph_hor_advance(id).and_then(|width| i16::try_from(width).ok())?);
            Some(Sized { face, plan, missing })
        };
        Some(Self { regular: sized(Weight::Regular)?, strong: sized(Weight::Strong)? })
    }

    /// The same for both weights.
    pub(super) fn units_per_em(&self) -> f32 {
        self.regular.face.units_per_em() as f32
    }

    /// A paragraph in lines of at most `width` points. A word that is longer than a line is parted where it must be.
    pub(super) fn lines(&self, text: &str, weight: Weight, size: f32, width: f32) -> Vec<Line> {
        let scale = size / self.units_per_em();
        text.split('\n')
            .flat_map(|text| {
                let text = text.replace('\t', "    ");
                let (glyphs, missing) = self.shape(&text, weight);
                break_lines(&text, &glyphs, &missing, (width / scale) as i64)
                    .into_iter()
                    .map(|(mut line, units)| {
                        line.width = units as f32 * scale;
                        line
                    })
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// All glyphs of a text, and the bytes where letters without one are.
    fn shape(&self, text: &str, weight: Weight) -> (Vec<Glyph>, Vec<u32>) {
        let font = if weight == Weight::Strong { &self.strong } else { &self.regular };
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaped = shape_with_plan(&font.face, &font.plan, buffer);
        let mut missing = Vec::new();
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, place)| {
            let short = |value: i32| i16::try_from(value).unwrap_or(0);
            let (id, advance) = match u16::try_from(info.glyph_id) {
                Ok(id) if id != 0 => (id, short(place.x_advance)),
                _ => {
                    missing.push(info.cluster);
                    font.missing
                }
            };
            Glyph {
                id,
                advance,
                x_offset: short(place.x_offset),
                y_offset: short(place.y_offset),
                cluster: info.cluster,
            }
        });
        (glyphs.collect(), missing)
    }
}

/// Lines with their widths in units of the font.
fn break_lines(text: &str, glyphs: &[Glyph], missing: &[u32], width: i64) -> Vec<(Line, i64)> {
    let breaks: Vec<u32> = linebreaks(text).map(|(at, _)| at as u32).collect();
    let mut lines = Vec::new();
    let (mut start, mut last, mut used, mut after_last) = (0, None, 0_i64, 0_i64);
    let mut at = 0;
    while at < glyphs.len() {
        let here = glyphs[at];
        let new_cluster = at > start && glyphs[at - 1].cluster != here.cluster;
        if new_cluster && breaks.binary_search(&here.cluster).is_ok() {
            (last, after_last) = (Some(at), used);
        }
        let blank = text[here.cluster as usize..].starts_with(' ');
        if !blank && used + i64::from(here.advance) > width && at > start {
            let fits = if new_cluster {
                at
            } else {
                glyphs[start..at].iter().rposition(|g| g.cluster != here.cluster).map_or(at, |back| start + back + 1)
            };
            let (end, carried) = last.map_or((fits, 0), |end| (end, used - after_last));
            lines.push(line(text, &glyphs[start..end], glyphs.get(end), missing));
            used = if last.is_some() { carried } else { glyphs[end..at].iter().map(|g| i64::from(g.advance)).sum() };
            (start, last) = (end, None);
            continue;
        }
        used += i64::from(here.advance);
        at += 1;
    }
    if start < glyphs.len() {
        lines.push(line(text, &glyphs[start..], None, missing));
    }
    lines
}

fn line(text: &str, glyphs: &[Glyph], next: Option<&Glyph>, missing: &[u32]) -> (Line, i64) {
    let from = glyphs.first().map_or(0, |glyph| glyph.cluster);
    let to = next.map_or(text.len(), |glyph| glyph.cluster as usize);
    let own = text.get(from as usize..to).unwrap_or_default().to_owned();
    let inked = own.trim_end().len() as u32;
    let own_glyphs = glyphs.iter().map(|glyph| Glyph { cluster: glyph.cluster - from, ..*glyph });
    let own_glyphs: Vec<Glyph> = own_glyphs.collect();
    let units = own_glyphs.iter().filter(|glyph| glyph.cluster < inked).map(|glyph| i64::from(glyph.advance)).sum();
    let boxes = missing.iter().filter(|at| **at >= from && (**at as usize) < to).count();
    (Line { text: own, glyphs: own_glyphs, width: 0.0, boxes }, units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: f32) -> Vec<Line> {
        Fonts::new().unwrap().lines(text, Weight::Regular, 10.0, width)
    }

    #[test]
    fn lines_fit_and_lose_nothing() {
        let text =
            "Una joven gitana fue a ver un piso con su madre, y la señora de la agencia les dijo que no quedaban.";
        let lines = lines(text, 120.0);
        assert!(lines.len() > 3);
        assert!(lines.iter().all(|line| line.width <= 120.0 && line.width > 60.0 || line == lines.last().unwrap()));
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<String>(), text);
        assert!(lines.iter().all(|line| line.text.ends_with(' ') || line == lines.last().unwrap()));
    }

    #[test]
    fn a_word_longer_than_a_line_is_parted() {
        let lines = lines(&format!("a {}", "ñ".repeat(100)), 50.0);
        assert!(lines.len() > 8 && lines.iter().all(|line| line.width <= 50.0));
        assert_eq!(lines.iter().map(|line| line.text.matches('ñ').count()).sum::<usize>(), 100);
    }

    #[test]
    fn letters_without_a_glyph_are_boxes_with_their_own_text() {
        let line = lines("año 🙂 n\u{303}o", 500.0).remove(0);
        assert_eq!((line.boxes, line.text.as_str()), (1, "año 🙂 n\u{303}o"));
        // Whether a letter comes as one sign or as two is not to be seen.
        let composed = lines("ño", 500.0).remove(0);
        assert!((lines("n\u{303}o", 500.0).remove(0).width - composed.width).abs() < 1e-3);
        assert!(lines("", 500.0).is_empty());
    }
}
