//! «Caja»: the menu, the strip of a vault that can only be read, and the way to lock it.

use egui::{Button, Frame, Margin, Panel, RichText, Ui};

use super::action::Action;
use super::care_state::VaultPage;
use super::cx::Cx;
use super::menu::{item, plain_item};
use super::shortcuts::Command;
use super::theme::SMALL;
use super::vault_state::ChooseWay;
use crate::clock;
use crate::vault::Holder;

/// What the menu holds.
pub(super) fn items(ui: &mut Ui, cx: &mut Cx<'_>) {
    let open = cx.state.vault.open().is_some();
    item(ui, cx, Command::Lock, open);
    plain_item(ui, cx, "menu-vault-data", open, Action::ShowVault(VaultPage::Data));
    ui.separator();
    plain_item(ui, cx, "menu-vault-create", true, Action::ChooseVault(ChooseWay::Create));
    plain_item(ui, cx, "menu-vault-open", true, Action::ChooseVault(ChooseWay::Open));
}

/// «Bloquear Ctrl+L», at the bottom.
pub(super) fn lock_button(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.vault.open().is_none() {
        return;
    }
    let keys = ui.ctx().format_shortcut(&Command::Lock.keys());
    let text = RichText::new(format!("{}  {keys}", cx.tr("command-lock"))).size(SMALL);
    if ui.add(Button::new(text).small()).clicked() {
        cx.act(Action::Lock);
    }
    ui.separator();
}

/// Says why nothing can be changed, and who can.
pub(super) fn read_only_banner(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.vault.open().is_none() || cx.state.vault.can_write() {
        return;
    }
    let text = match cx.state.vault.held_by() {
        Some(Holder { process, since }) if *process > 0 => {
            let since = clock::for_people(since);
            cx.tr_args("read-only-held", &[("process", process.to_string().into()), ("since", since.into())])
        }
        Some(_) => cx.tr("read-only-held-unnamed"),
        None => cx.tr("read-only-folder"),
    };
    let frame = Frame::new().fill(cx.palette.generated_tint).inner_margin(Margin::symmetric(12, 4));
    Panel::top("read only").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text).size(SMALL).color(cx.palette.generated));
            if ui.button(RichText::new(cx.tr("read-only-retry")).size(SMALL)).clicked() {
                cx.act(Action::ReopenVault);
            }
        });
    });
}
