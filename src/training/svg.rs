//! Curves as SVG: the loss of each step, its running mean, and the validations.

use std::fmt::Write;

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const BOTTOM: f64 = 40.0;
const TOP: f64 = 30.0;
/// Of the running mean: how much of it is the past.
const MEMORY: f64 = 0.9;

/// The words on the picture.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) training: String,
    pub(crate) validation: String,
    pub(crate) step: String,
}

/// Points `(step, loss)`.
pub(crate) type Curve = Vec<(f64, f64)>;

/// The picture. Without points it has axes and words alone.
pub(crate) fn curves(training: &Curve, validation: &Curve, words: &Words) -> String {
    let all = || training.iter().chain(validation).filter(|(_, loss)| loss.is_finite());
    let last = all().map(|point| point.0).fold(1.0, f64::max);
    let highest = all().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
    let x = |step: f64| LEFT + step / last * (WIDTH - LEFT - 20.0);
    let y = |loss: f64| HEIGHT - BOTTOM - loss / highest * (HEIGHT - BOTTOM - TOP);
    let line = |points: &Curve| -> String {
        let finite = points.iter().filter(|(_, loss)| loss.is_finite());
        finite.fold(String::new(), |mut line, (step, loss)| {
            write!(line, "{:.1},{:.1} ", x(*step), y(*loss)).ok();
            line
        })
    };
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n\
         <text x=\"{LEFT}\" y=\"18\" font-size=\"14\">{}</text>\n",
        escape(&words.title)
    );
    for part in 0..=4 {
        let loss = highest * f64::from(part) / 4.0;
        let (at, end) = (y(loss), WIDTH - 20.0);
        writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{end}\" stroke=\"#ddd\"/>").ok();
        writeln!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{loss:.2}</text>", LEFT - 6.0, at + 4.0).ok();
        let step = (last * f64::from(part) / 4.0).round();
        let (at, below) = (x(step), HEIGHT - BOTTOM + 16.0);
        writeln!(svg, "<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{step}</text>").ok();
    }
    let mut mean = Curve::new();
    for (step, loss) in training {
        let before = mean.last().map_or(*loss, |point| point.1);
        mean.push((*step, MEMORY * before + (1.0 - MEMORY) * loss));
    }
    // Two colours that people with any sight of colour tell apart, and one of them dashed.
    for (points, style) in [
        (training, "stroke=\"#9dc3e6\""),
        (&mean, "stroke=\"#1f5fa8\" stroke-width=\"2\""),
        (validation, "stroke=\"#c55a11\" stroke-width=\"2\" stroke-dasharray=\"6 3\""),
    ] {
        writeln!(svg, "<polyline points=\"{}\" fill=\"none\" {style}/>", line(points).trim_end()).ok();
    }
    for (at, colour, text) in [(500.0, "#1f5fa8", &words.training), (640.0, "#c55a11", &words.validation)] {
        writeln!(svg, "<text x=\"{at}\" y=\"18\" fill=\"{colour}\">{}</text>", escape(text)).ok();
    }
    let (middle, low) = (WIDTH / 2.0, HEIGHT - 6.0);
    writeln!(svg, "<text x=\"{middle}\" y=\"{low}\" text-anchor=\"middle\">{}</text>\n</svg>", escape(&words.step))
        .ok();
    svg
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words() -> Words {
        let word = |text: &str| text.to_owned();
        Words { title: word("a < b"), training: word("t"), validation: word("v"), step: word("s") }
    }

    #[test]
    fn every_point_is_drawn_and_the_picture_is_xml() {
        let training: Curve = (1..=50).map(|step| (f64::from(step), 4.0 / f64::from(step))).collect();
        let svg = curves(&training, &vec![(25.0, 2.0), (50.0, f64::NAN)], &words());
        let mut reader = quick_xml::Reader::from_str(&svg);
        let mut lines = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Empty(tag) if tag.name().as_ref() == b"polyline" => {
                    let points = tag.try_get_attribute("points").unwrap().unwrap();
                    lines.push(String::from_utf8(points.value.into_owned()).unwrap().split_whitespace().count());
                }
                _ => {}
            }
        }
        assert_eq!(lines, [50, 50, 1]);
        assert!(svg.contains("a &lt; b") && !svg.contains("NaN"));
    }

    #[test]
    fn nothing_to_draw_is_no_fault() {
        assert!(curves(&Curve::new(), &Curve::new(), &words()).ends_with("</svg>\n"));
    }
}
