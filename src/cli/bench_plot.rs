//! A measurement's growth with the length of the prompt as SVG: one panel of bars for each figure.

use std::fmt::Write;

use crate::training::svg::escape;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 300.0;
/// Between the picture's edge and the panels, and between two of them.
const MARGIN: f64 = 24.0;
/// Where the bars begin and where the highest may end.
const FLOOR: f64 = HEIGHT - 48.0;
const CEILING: f64 = 92.0;

/// The bar of one prompt.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    pub(super) prompt: usize,
    pub(super) value: f64,
    /// `value` as it is written above it.
    pub(super) shown: String,
}

/// One figure.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) bars: Vec<Bar>,
    /// What can't be passed, as a dashed line with words above it.
    pub(super) limit: Option<(f64, String)>,
}

/// The picture: `title` above the panels, `axis` says below each what the bars are of. All bars begin at zero.
pub(super) fn picture(title: &str, axis: &str, panels: &[Panel]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" text-anchor=\"middle\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{}\" y=\"24\" font-size=\"14\">{}</text>\n",
        WIDTH / 2.0,
        escape(title)
    );
    let count = panels.len().max(1) as f64;
    let width = (WIDTH - MARGIN * (count + 1.0)) / count;
    for (at, panel) in panels.iter().enumerate() {
        svg.push_str(&drawn(panel, MARGIN + at as f64 * (width + MARGIN), width, axis));
    }
    svg.push_str("</svg>\n");
    svg
}

/// One panel from `left` on.
fn drawn(panel: &Panel, left: f64, width: f64, axis: &str) -> String {
    let limit = panel.limit.as_ref().map(|(limit, _)| *limit);
    let highest = panel.bars.iter().map(|bar| bar.value).chain(limit).fold(f64::MIN_POSITIVE, f64::max);
    let height = |value: f64| value / highest * (FLOOR - CEILING);
    let (middle, right) = (left + width / 2.0, left + width);
    let mut svg = String::new();
    writeln!(svg, "<text x=\"{middle:.1}\" y=\"54\" font-weight=\"bold\">{}</text>", escape(&panel.title)).ok();
    let step = width / panel.bars.len().max(1) as f64;
    for (at, bar) in panel.bars.iter().enumerate() {
        let (start, tall) = (left + (at as f64 + 0.15) * step, height(bar.value));
        let (centre, top) = (left + (at as f64 + 0.5) * step, FLOOR - tall);
        let wide = 0.7 * step;
        writeln!(
            svg,
            "<rect x=\"{start:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" fill=\"#1f5fa8\"/>"
        )
        .ok();
        writeln!(svg, "<text x=\"{centre:.1}\" y=\"{:.1}\">{}</text>", top - 4.0, escape(&bar.shown)).ok();
        writeln!(svg, "<text x=\"{centre:.1}\" y=\"{:.1}\">{}</text>", FLOOR + 16.0, bar.prompt).ok();
    }
    writeln!(svg, "<path d=\"M{left:.1} {FLOOR}H{right:.1}\" stroke=\"#444\"/>").ok();
    if let Some((limit, words)) = &panel.limit {
        let at = FLOOR - height(*limit);
        let dashed = "stroke=\"#c55a11\" stroke-width=\"2\" stroke-dasharray=\"6 3\"";
        writeln!(svg, "<path d=\"M{left:.1} {at:.1}H{right:.1}\" {dashed}/>").ok();
        let above = at - 20.0;
        writeln!(svg, "<text x=\"{middle:.1}\" y=\"{above:.1}\" fill=\"#c55a11\">{}</text>", escape(words)).ok();
    }
    writeln!(svg, "<text x=\"{middle:.1}\" y=\"{:.1}\" fill=\"#444\">{}</text>", FLOOR + 34.0, escape(axis)).ok();
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Heights of the bars in their order, of a picture that is sound XML.
    fn heights(svg: &str) -> Vec<f64> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(svg);
        let mut heights = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Eof => return heights,
                Event::Empty(tag) if tag.name().as_ref() == b"rect" => {
                    let height = tag.try_get_attribute("height").unwrap().unwrap();
                    heights.push(String::from_utf8(height.value.into_owned()).unwrap().parse().unwrap());
                }
                _ => {}
            }
        }
    }

    #[test]
    fn bars_are_as_high_as_their_values_and_nothing_passes_the_limit() {
        let bar = |prompt, value: f64| Bar { prompt, value, shown: format!("{value}") };
        let limit = Some((8.0, "a < b".to_owned()));
        let panels = [
            Panel { title: "one".to_owned(), bars: vec![bar(64, 4.0), bar(1500, 2.0)], limit },
            Panel { title: "two".to_owned(), bars: vec![bar(64, 3.0)], limit: None },
        ];
        let svg = picture("t & t", "tokens", &panels);
        // The first is the paper.
        let [_, first, second, third] = heights(&svg)[..] else { panic!("{svg}") };
        assert!((first - 2.0 * second).abs() < 0.11 && (third - 2.0 * first).abs() < 0.11, "{svg}");
        for word in ["t &amp; t", "one", "two", "64", "1500", "a &lt; b", "tokens"] {
            assert!(svg.contains(&format!(">{word}<")), "{word} in {svg}");
        }
    }

    #[test]
    fn nothing_to_draw_is_no_fault() {
        let empty = Panel { title: String::new(), bars: Vec::new(), limit: None };
        assert_eq!(heights(&picture("", "", &[empty])).len(), 1);
        assert_eq!(heights(&picture("", "", &[])).len(), 1);
    }
}
