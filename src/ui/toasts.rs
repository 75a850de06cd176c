//! Short messages at the window's lower right edge; errors stay until somebody lets them go.

use egui::{Align2, Area, Context, Frame, Id, Margin, Order, vec2};

use super::action::Action;
use super::cx::Cx;
use super::state::ToastBody;

/// Draws them.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    if cx.state.toasts.is_empty() {
        return;
    }
    let area =
        Area::new(Id::unique("toasts")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -48.0));
    area.show(ctx, |ui| {
        ui.set_max_width(360.0);
        for toast in cx.state.toasts.clone() {
            Frame::popup(ui.style()).inner_margin(Margin::same(12)).show(ui, |ui| {
                ui.set_width(330.0);
                match &toast.body {
                    ToastBody::Info(id) => drop(ui.label(cx.tr(id))),
                    ToastBody::InfoWith(id, value) => {
                        ui.label(cx.tr_args(id, &[("value", value.as_str().into())]));
                    }
                    ToastBody::InfoBytes(id, bytes) => {
                        ui.label(cx.tr_args(id, &[("value", cx.i18n.bytes(*bytes).into())]));
                    }
                    ToastBody::Error { error, .. } => cx.error(ui, error),
                    ToastBody::Offer { message, button, .. } => {
                        ui.label(cx.tr(message));
                        if ui.button(cx.tr(button)).clicked() {
                            cx.act(Action::ToastAction(toast.id));
                        }
                    }
                }
                if let ToastBody::Error { retry, .. } = toast.body {
                    ui.horizontal_wrapped(|ui| {
                        if retry && ui.button(cx.tr("retry")).clicked() {
                            cx.act(Action::ToastAction(toast.id));
                        }
                        if retry && ui.button(cx.tr("save-elsewhere")).clicked() {
                            cx.act(Action::DismissToast(toast.id));
                            cx.act(Action::SaveAs(crate::worker::protocol::SaveFormat::Json));
                        }
                        if ui.button(cx.tr("close")).clicked() {
                            cx.act(Action::DismissToast(toast.id));
                        }
                    });
                }
            });
            ui.add_space(8.0);
        }
    });
}
