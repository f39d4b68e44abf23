//! What was measured, as a table and as a picture: lines over a logarithmic axis.

use std::error::Error;
use std::path::Path;

use plotters::prelude::*;

/// Told apart by most who do not see all colours.
const COLOURS: [RGBColor; 3] = [RGBColor(11, 97, 164), RGBColor(196, 84, 10), RGBColor(58, 125, 52)];

/// Where something was measured, and what.
pub type Points = Vec<(f64, f64)>;

/// What is shown.
pub struct Chart<'c> {
    pub title: &'c str,
    pub across: &'c str,
    pub up: &'c str,
    /// Name and points of each line; all have the same places, from left to right.
    pub lines: &'c [(&'c str, Points)],
}

impl Chart<'_> {
    /// Prints the table, and draws the picture into a file.
    pub fn show(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        println!("{}, {}\n", self.title, self.up);
        let names: String = self.lines.iter().map(|(name, _)| format!("{name:>20}")).collect();
        println!("{:>12}{names}", self.across);
        let (_, first) = self.lines.first().ok_or("a chart without lines")?;
        for (at, (across, _)) in first.iter().enumerate() {
            let values: String =
                self.lines.iter().map(|(_, points)| format!("{:>20.1}", points[at].1)).collect();
            println!("{across:>12}{values}");
        }
        println!();
        self.draw(file)
    }

    fn draw(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let least = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
        let most = points().map(|point| point.0).fold(0.0, f64::max);
        let top = points().map(|point| point.1).fold(0.0, f64::max) * 1.1;

        let area = SVGBackend::new(file, (720, 400)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 18))
            .margin(14)
            .x_label_area_size(40)
            .y_label_area_size(60)
            .build_cartesian_2d((least..most).log_scale(), 0.0..top)?;
        chart.configure_mesh().light_line_style(TRANSPARENT).x_desc(self.across).y_desc(self.up).draw()?;
        for ((name, points), colour) in self.lines.iter().zip(COLOURS) {
            chart
                .draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
            chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE)
            .draw()?;
        area.present()?;
        Ok(())
    }
}
