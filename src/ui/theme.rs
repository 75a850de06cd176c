//! The look: colours, sizes and fonts. The only place where a colour is written down; a clippy rule keeps it so.

use std::sync::Arc;

use egui::{
    Color32, Context, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Style, TextStyle,
    Theme, Visuals, vec2,
};

use crate::config::ThemeChoice;

/// Text of notes and captions.
pub const SMALL: f32 = 13.0;
/// Text of everything else.
pub const BODY: f32 = 15.0;
/// Text of headings.
pub const HEADING: f32 = 19.0;
/// Text that is read and written for a long time.
pub const TEXT_FIELD: f32 = 16.0;
/// Its distance from line to line.
pub const TEXT_FIELD_LINE: f32 = 24.0;
/// Spacing comes in steps of this.
pub const STEP: f32 = 4.0;
/// A text field is about so wide at most: 80 letters a line.
pub const TEXT_FIELD_WIDTH: f32 = 680.0;
const CORNER: u8 = 6;

/// Colours by what they mean.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind the panels.
    pub background: Color32,
    /// Behind text.
    pub panel: Color32,
    /// Text.
    pub text: Color32,
    /// Text that matters less.
    pub muted: Color32,
    /// Links, focus, the main button.
    pub accent: Color32,
    /// Text on the main button.
    pub on_accent: Color32,
    /// Lines between things.
    pub line: Color32,
    /// Edges of what can be used: buttons, fields, boxes to tick.
    pub edge: Color32,
    /// The bar and the words of generated text.
    pub generated: Color32,
    /// Behind generated text.
    pub generated_tint: Color32,
    /// «Positivo», and what went well.
    pub positive: Color32,
    /// «Neutro».
    pub neutral: Color32,
    /// «Negativo», and what went wrong.
    pub negative: Color32,
    /// Behind text that is too much.
    pub negative_tint: Color32,
    /// Behind what a search found, and behind selected text.
    pub found: Color32,
    /// A button that the pointer is on.
    pub hovered: Color32,
    /// What lies behind a dialog.
    pub shade: Color32,
}

#[allow(clippy::disallowed_methods)] // this is the one file that may
const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Palette = Palette {
    background: rgb(0x00F6_F7F9),
    panel: rgb(0x00FF_FFFF),
    text: rgb(0x001B_1F24),
    muted: rgb(0x0057_606A),
    accent: rgb(0x001F_5FA8),
    on_accent: rgb(0x00FF_FFFF),
    line: rgb(0x00D5_DAE0),
    edge: rgb(0x0086_8E96),
    generated: rgb(0x008A_5200),
    generated_tint: rgb(0x00FF_F6E5),
    positive: rgb(0x000B_6E4F),
    neutral: rgb(0x0057_606A),
    negative: rgb(0x00A4_262C),
    negative_tint: rgb(0x00FB_E3E4),
    found: rgb(0x00CF_E2F7),
    hovered: rgb(0x00EA_EEF2),
    shade: Color32::from_black_alpha(80),
};

const DARK: Palette = Palette {
    background: rgb(0x0015_181C),
    panel: rgb(0x001D_2126),
    text: rgb(0x00E6_E9EC),
    muted: rgb(0x00A3_ACB5),
    accent: rgb(0x007D_B7F0),
    on_accent: rgb(0x0015_181C),
    line: rgb(0x003A_4149),
    edge: rgb(0x006B_7580),
    generated: rgb(0x00F2_B35D),
    generated_tint: rgb(0x002B_2418),
    positive: rgb(0x005C_C9A0),
    neutral: rgb(0x00A3_ACB5),
    negative: rgb(0x00F2_8B82),
    negative_tint: rgb(0x003E_2225),
    found: rgb(0x0026_4566),
    hovered: rgb(0x002A_3037),
    shade: Color32::from_black_alpha(140),
};

/// The colours of the theme that is shown.
pub fn palette(ctx: &Context) -> &'static Palette {
    match ctx.theme() {
        Theme::Light => &LIGHT,
        Theme::Dark => &DARK,
    }
}

/// Fonts, and both themes. Once, when the window opens. `others` are fonts for letters that the program's own lack.
pub fn install(ctx: &Context, others: Vec<Vec<u8>>) {
    ctx.set_fonts(fonts(others));
    for (theme, palette) in [(Theme::Light, &LIGHT), (Theme::Dark, &DARK)] {
        ctx.style_mut_of(theme, |style| set_style(style, theme, palette));
    }
    ctx.options_mut(|options| {
        options.zoom_with_keyboard = false;
        options.fallback_theme = Theme::Light;
    });
}

/// Light, dark, or as the system has it; and how large.
pub fn apply(ctx: &Context, theme: ThemeChoice, scale: f32) {
    ctx.set_theme(match theme {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
    ctx.set_zoom_factor(scale);
}

/// The family of headings and of what is meant to stand out.
pub fn strong() -> FontFamily {
    FontFamily::Name("strong".into())
}

fn fonts(others: Vec<Vec<u8>>) -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let regular = include_bytes!("../../assets/fonts/Inter-Regular.otf");
    let semi_bold = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
    fonts.font_data.insert("inter".to_owned(), Arc::new(FontData::from_static(regular)));
    fonts.font_data.insert("inter-strong".to_owned(), Arc::new(FontData::from_static(semi_bold)));
    // Letters that Inter's subset lacks come from egui's own fonts, then from the system's.
    let own = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let mut others: Vec<String> = others
        .into_iter()
        .enumerate()
        .map(|(index, bytes)| {
            let name = format!("system {index}");
            fonts.font_data.insert(name.clone(), Arc::new(FontData::from_owned(bytes)));
            name
        })
        .collect();
    others.splice(0..0, own);
    let with = |first: &str| std::iter::once(first.to_owned()).chain(others.clone()).collect();
    fonts.families.insert(FontFamily::Proportional, with("inter"));
    fonts.families.insert(strong(), with("inter-strong"));
    fonts
}

fn set_style(style: &mut Style, theme: Theme, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Small, FontId::proportional(SMALL)),
        (TextStyle::Body, FontId::proportional(BODY)),
        (TextStyle::Button, FontId::proportional(BODY)),
        (TextStyle::Heading, FontId::new(HEADING, strong())),
        (TextStyle::Monospace, FontId::monospace(SMALL)),
    ]
    .into();
    style.animation_time = 0.1;
    style.spacing.item_spacing = vec2(2.0 * STEP, 2.0 * STEP);
    style.spacing.button_padding = vec2(3.0 * STEP, 1.5 * STEP);
    style.spacing.interact_size.y = 8.0 * STEP;
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(20);
    style.spacing.text_edit_width = 240.0;
    style.spacing.tooltip_width = 360.0;
    // Beside the text, not over its last letters.
    style.spacing.scroll = egui::style::ScrollStyle::solid();
    style.spacing.scroll.bar_width = 8.0;
    style.visuals = visuals(theme, palette);
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    let corner = CornerRadius::same(CORNER);
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(2 * CORNER);
    visuals.menu_corner_radius = corner;
    // Of rails and tracks; text fields have their own.
    visuals.extreme_bg_color = palette.hovered;
    visuals.text_edit_bg_color = Some(palette.panel);
    visuals.faint_bg_color = palette.background;
    visuals.hyperlink_color = palette.accent;
    visuals.error_fg_color = palette.negative;
    visuals.warn_fg_color = palette.generated;
    visuals.weak_text_color = Some(palette.muted);
    visuals.selection.bg_fill = palette.found;
    // Also the ring around what has the keyboard.
    visuals.selection.stroke = Stroke::new(2.0, palette.accent);
    visuals.text_cursor.blink = false;
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke) in [
        (&mut widgets.noninteractive, palette.background, palette.line),
        (&mut widgets.inactive, palette.panel, palette.edge),
        (&mut widgets.hovered, palette.hovered, palette.muted),
        (&mut widgets.active, palette.hovered, palette.accent),
        (&mut widgets.open, palette.hovered, palette.line),
    ] {
        // Of what is no button: rails of sliders, boxes to tick.
        widget.bg_fill = if fill == palette.panel { palette.hovered } else { fill };
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.0, palette.text);
        widget.corner_radius = corner;
        widget.expansion = 0.0;
    }
    widgets.active.bg_stroke = Stroke::new(2.0, palette.accent);
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.1's contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let part = |value: u8| {
                let value = f32::from(value) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// WCAG 2.1, 1.4.11: an empty box that has to be ticked must be found.
    #[test]
    fn edges_of_what_can_be_used_can_be_seen() {
        for palette in [&LIGHT, &DARK] {
            for behind in [palette.panel, palette.background] {
                assert!(contrast(palette.edge, behind) >= 3.0, "{behind:?}: {}", contrast(palette.edge, behind));
            }
        }
    }

    #[test]
    fn every_text_can_be_read_on_what_is_behind_it() {
        for palette in [&LIGHT, &DARK] {
            for (text, behind) in [
                (palette.text, palette.panel),
                (palette.text, palette.background),
                (palette.text, palette.generated_tint),
                (palette.text, palette.negative_tint),
                (palette.text, palette.found),
                (palette.text, palette.hovered),
                (palette.muted, palette.panel),
                (palette.muted, palette.background),
                (palette.muted, palette.generated_tint),
                (palette.accent, palette.panel),
                (palette.on_accent, palette.accent),
                (palette.generated, palette.panel),
                (palette.generated, palette.generated_tint),
                (palette.positive, palette.panel),
                (palette.negative, palette.panel),
                (palette.negative, palette.background),
            ] {
                assert!(contrast(text, behind) >= 4.5, "{text:?} on {behind:?}: {}", contrast(text, behind));
            }
        }
    }
}
