//! Bar charts as SVG, on a logarithmic scale: what is compared here lies orders of magnitude apart.

use std::fmt::Write;

const WIDTH: f64 = 880.0;
const LABELS: f64 = 270.0;
const VALUES: f64 = 90.0;
const ROW: f64 = 26.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 30.0;
/// Colours that differ in brightness too, by series.
const COLOURS: [&str; 3] = ["#1f5fa8", "#e08a1e", "#7a8b99"];

/// One bar, or several beside each other, with a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it is of.
    pub label: String,
    /// One value a series; what is not above zero is not drawn.
    pub values: Vec<f64>,
    /// Lowest and highest of the first series.
    pub range: Option<(f64, f64)>,
}

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart<'a> {
    /// Title, with the unit.
    pub title: &'a str,
    /// What the values of a bar are, where there are several.
    pub series: &'a [&'a str],
    /// Bars, from the top.
    pub bars: Vec<Bar>,
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number with as many digits as it deserves.
pub fn short(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        100.0..10_000.0 => format!("{value:.0}"),
        _ => format!("{:.0}k", value / 1_000.0),
    }
}

impl Chart<'_> {
    /// The whole file.
    ///
    /// # Panics
    /// Never: a string takes everything.
    pub fn svg(&self) -> String {
        let values = self.bars.iter().flat_map(|bar| &bar.values).copied().filter(|value| *value > 0.0);
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        // Whole decades around everything; one of them where there is nothing.
        let first = if low.is_finite() { low.log10().floor() } else { 0.0 };
        let last = if high > 0.0 { high.log10().ceil().max(first + 1.0) } else { first + 1.0 };
        let span = WIDTH - LABELS - VALUES;
        let x = |value: f64| LABELS + span * (value.log10() - first) / (last - first);
        let height = TOP + ROW * self.bars.len() as f64 + BOTTOM;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
             <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n<text x=\"12\" y=\"24\" font-size=\"16\">{}</text>\n",
            escaped(self.title)
        );
        let mut line = |text: String| writeln!(svg, "{text}").expect("a string takes everything");
        for (place, name) in self.series.iter().enumerate() {
            let at = LABELS + 150.0 * place as f64;
            line(format!(
                "<rect x=\"{at}\" y=\"36\" width=\"12\" height=\"12\" fill=\"{}\"/>",
                COLOURS[place % COLOURS.len()]
            ));
            line(format!("<text x=\"{}\" y=\"47\">{}</text>", at + 18.0, escaped(name)));
        }
        let mut decade = first;
        while decade <= last {
            let at = x(10_f64.powf(decade));
            line(format!(
                "<line x1=\"{at:.1}\" y1=\"{TOP}\" x2=\"{at:.1}\" y2=\"{:.1}\" stroke=\"#d5dbe1\"/>",
                height - BOTTOM
            ));
            let label = short(10_f64.powf(decade)).trim_end_matches(".00").trim_end_matches(".0").to_owned();
            line(format!(
                "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#5b6670\">{label}</text>",
                height - 10.0
            ));
            decade += 1.0;
        }
        for (place, bar) in self.bars.iter().enumerate() {
            let y = TOP + ROW * place as f64;
            line(format!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LABELS - 10.0,
                y + 17.0,
                escaped(&bar.label)
            ));
            let thickness = (ROW - 8.0) / bar.values.len().max(1) as f64;
            for (series, value) in bar.values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
                let (top, end) = (y + 4.0 + thickness * series as f64, x(*value));
                let width = (end - LABELS).max(1.0);
                let colour = COLOURS[series % COLOURS.len()];
                line(format!(
                    "<rect x=\"{LABELS}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
                    thickness - 1.0
                ));
            }
            if let Some((low, high)) = bar.range.filter(|(low, high)| *low > 0.0 && high > low) {
                let middle = y + 4.0 + thickness / 2.0;
                line(format!(
                    "<line x1=\"{:.1}\" y1=\"{middle:.1}\" x2=\"{:.1}\" y2=\"{middle:.1}\" stroke=\"#10202e\" stroke-width=\"2\"/>",
                    x(low),
                    x(high)
                ));
            }
            let said: Vec<String> = bar.values.iter().map(|value| short(*value)).collect();
            let end = bar.values.iter().copied().chain(bar.range.map(|(_, high)| high)).fold(0.0, f64::max);
            let at = if end > 0.0 { x(end) } else { LABELS } + 6.0;
            line(format!("<text x=\"{at:.1}\" y=\"{:.1}\">{}</text>", y + 17.0, said.join(" / ")));
        }
        svg + "</svg>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(label: &str, values: &[f64]) -> Bar {
        Bar { label: label.into(), values: values.to_vec(), range: None }
    }

    #[test]
    fn a_bar_ten_times_as_high_is_one_decade_longer() {
        let bars = vec![bar("a", &[1_000.0]), bar("b & <c>", &[10_000.0])];
        let svg = Chart { title: "events/s", series: &[], bars }.svg();
        // 1,000 is the lowest decade, where a bar is one point wide.
        assert!(svg.contains("width=\"1.0\"") && svg.contains("width=\"520.0\""), "{svg}");
        assert!(svg.contains("b &amp; &lt;c&gt;") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn what_has_no_value_is_drawn_without_a_bar() {
        let svg = Chart { title: "nothing", series: &["one", "two"], bars: vec![bar("a", &[0.0, -1.0])] }.svg();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert_eq!(
            (short(0.5), short(55.5), short(1_234.0), short(250_000.0)),
            ("0.50".into(), "55.5".into(), "1234".into(), "250k".into())
        );
    }
}
