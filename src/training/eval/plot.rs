//! The reliability plot as SVG: how often the likeliest outcome was right, by how likely the model held it.

use std::fmt::Write;

use super::metrics::{BINS, Bin};
use crate::training::svg::escape;

/// The side of the picture's square, and what is around it.
const SIDE: f64 = 400.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 40.0;
const BELOW: f64 = 50.0;
const RIGHT: f64 = 20.0;

/// The words on the picture.
#[derive(Debug, Clone)]
pub struct PlotWords {
    /// Above.
    pub title: String,
    /// Of the lower edge.
    pub confidence: String,
    /// Of the left edge.
    pub right: String,
    /// Of the dashed line.
    pub ideal: String,
}

/// A bar for each bin that has cases, as high as its share of right ones, with the number of its cases on top, and a dot at
/// its mean confidence. Where the model is well calibrated, dots lie on the dashed line.
pub fn reliability(bins: &[Bin; BINS], words: &PlotWords) -> String {
    let (width, height) = (LEFT + SIDE + RIGHT, TOP + SIDE + BELOW);
    let x = |share: f64| LEFT + share * SIDE;
    let y = |share: f64| TOP + (1.0 - share) * SIDE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>{title}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"14\">{title}</text>\n",
        title = escape(&words.title)
    );
    for part in 0..=5 {
        let share = f64::from(part) / 5.0;
        let (at, below, end) = (y(share), y(0.0) + 16.0, x(1.0));
        let percent = 20 * part;
        writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{end}\" stroke=\"#ddd\"/>").ok();
        let beside = LEFT - 6.0;
        writeln!(svg, "<text x=\"{beside}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>", at + 4.0).ok();
        writeln!(svg, "<text x=\"{:.1}\" y=\"{below}\" text-anchor=\"middle\">{percent} %</text>", x(share)).ok();
    }
    for (at, bin) in bins.iter().enumerate().filter(|(_, bin)| bin.cases > 0) {
        let (left, bar) = (x(at as f64 / BINS as f64) + 1.0, SIDE / BINS as f64 - 2.0);
        let (top, high, middle) = (y(bin.right), bin.right * SIDE, left + bar / 2.0);
        writeln!(
            svg,
            "<rect class=\"bin\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{bar:.1}\" height=\"{high:.1}\" fill=\"#9dc3e6\"/>"
        )
        .ok();
        let above = top - 4.0;
        writeln!(svg, "<text x=\"{middle:.1}\" y=\"{above:.1}\" text-anchor=\"middle\">{}</text>", bin.cases).ok();
        writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{top:.1}\" r=\"4\" fill=\"#1f5fa8\"/>", x(bin.confidence)).ok();
    }
    let (bottom, top, end) = (y(0.0), y(1.0), x(1.0));
    writeln!(svg, "<path d=\"M{LEFT} {bottom}L{end} {top}\" stroke=\"#c55a11\" stroke-dasharray=\"6 3\"/>").ok();
    let (side, low, middle) = (x(0.98), y(0.0) + 38.0, y(0.5));
    let ideal = escape(&words.ideal);
    writeln!(svg, "<text x=\"{side}\" y=\"22\" text-anchor=\"end\" fill=\"#c55a11\">{ideal}</text>").ok();
    writeln!(svg, "<text x=\"{}\" y=\"{low}\" text-anchor=\"middle\">{}</text>", x(0.5), escape(&words.confidence))
        .ok();
    writeln!(
        svg,
        "<text transform=\"translate(14 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n</svg>",
        escape(&words.right)
    )
    .ok();
    svg
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::eval::metrics::calibration;

    #[test]
    fn every_bin_with_cases_is_a_bar_of_its_height() {
        let word = |text: &str| text.to_owned();
        let words = PlotWords { title: word("a < b"), confidence: word("c"), right: word("r"), ideal: word("i") };
        let bins = calibration(&[(0, [0.8, 0.1, 0.1]), (1, [0.8, 0.1, 0.1]), (2, [0.0, 0.0, 1.0])]);
        let svg = reliability(&bins, &words);
        let mut reader = quick_xml::Reader::from_str(&svg);
        let mut heights = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Empty(tag) if tag.try_get_attribute("class").unwrap().is_some() => {
                    let height = tag.try_get_attribute("height").unwrap().unwrap();
                    heights.push(String::from_utf8(height.value.into_owned()).unwrap());
                }
                _ => {}
            }
        }
        assert_eq!(heights, ["200.0", "400.0"]);
        assert!(svg.contains("a &lt; b"));
    }
}
