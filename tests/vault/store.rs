//! Cases: saving, conflicts, drafts, searching, importing and undoing.

use pag_bert::domain::Ambito;
use pag_bert::vault::{Access, Filters, Incoming, Query, Twin, VaultError};

use super::{case, create, open};

fn query(text: &str) -> Query {
    Query { text: text.into(), ..Query::default() }
}

#[test]
fn no_update_is_lost_between_two_openers() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut first) = create(dir.path());
    first.save(&case("1", "Uno"), 0).unwrap();
    let mut second = open(&folder).unwrap();
    assert!(matches!(second.access(), Access::Read(holder) if holder.process == std::process::id()));
    assert!(matches!(second.save(&case("1", "Dos"), 1), Err(VaultError::ReadOnly)));
    assert_eq!(first.save(&case("1", "Tres"), 1).unwrap(), 2);
    assert_eq!(second.case(&case("1", "").id).unwrap().case.hechos, "Tres");
    let stale = first.save(&case("1", "Cuatro"), 1);
    assert!(matches!(stale, Err(VaultError::Conflict { expected: 1, stored: 2 })));
    assert_eq!(first.case(&case("1", "").id).unwrap().case.hechos, "Tres");
    let revisions = first.revisions(&case("1", "").id).unwrap();
    assert_eq!(revisions.iter().map(|old| old.case.hechos.as_str()).collect::<Vec<_>>(), ["Uno"]);
    drop(first);
    drop(second);
    assert_eq!(open(&folder).unwrap().access(), &Access::Write);
}

#[test]
fn words_are_found_without_accents_and_ene_comes_first() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = create(dir.path());
    vault.save(&case("1", "Pasó una vez, ano con ene."), 0).unwrap();
    vault.save(&case("2", "Pasó hace un año en Ávila."), 0).unwrap();
    let mut housing = case("3", "El alquiler de la vivienda.");
    housing.ambito = Some(Ambito::Vivienda);
    vault.save(&housing, 0).unwrap();
    let numbers =
        |query: &Query| vault.list(query).unwrap().hits.into_iter().map(|hit| hit.row.number).collect::<Vec<_>>();
    assert_eq!(numbers(&query("año")), ["2026-002", "2026-001"]);
    assert_eq!(numbers(&query("ANO")), ["2026-001", "2026-002"]);
    assert_eq!(numbers(&query("avila paso")), ["2026-002"]);
    assert_eq!(numbers(&query("\"una vez\"")), ["2026-001"]);
    assert_eq!(numbers(&query("paso -avila")), ["2026-001"]);
    assert_eq!(numbers(&query("vivi*")), ["2026-003"]);
    assert_eq!(numbers(&query("\" OR * NEAR(")), [] as [&str; 0]);
    let housed = Filters { ambito: Some(Ambito::Vivienda), ..Filters::default() };
    assert_eq!(numbers(&Query { filters: housed, ..Query::default() }), ["2026-003"]);
    let found = vault.list(&query("avila")).unwrap().hits.remove(0).excerpt.unwrap();
    assert_eq!(found.marked.iter().map(|(a, b)| &found.text[*a..*b]).collect::<Vec<_>>(), ["Ávila"]);
}

#[test]
fn the_bin_keeps_what_is_in_it_out_of_the_list_until_it_goes_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = create(dir.path());
    let it = case("1", "Una palabra singular");
    vault.save(&it, 0).unwrap();
    assert!(matches!(vault.delete(std::slice::from_ref(&it.id)), Err(VaultError::NoSuchCase)), "not from the list");
    vault.set_binned(&it.id, true).unwrap();
    assert_eq!(vault.list(&query("singular")).unwrap().total, 0);
    assert_eq!((vault.count(false).unwrap(), vault.count(true).unwrap()), (0, 1));
    vault.set_binned(&it.id, false).unwrap();
    assert_eq!(vault.list(&query("singular")).unwrap().total, 1);
    vault.set_binned(&it.id, true).unwrap();
    vault.delete(std::slice::from_ref(&it.id)).unwrap();
    assert!(matches!(vault.case(&it.id), Err(VaultError::NoSuchCase)));
    assert!(vault.verify_audit(&[]).unwrap().is_empty());
}

#[test]
fn an_import_finds_its_twins_and_can_be_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let (_, mut vault) = create(dir.path());
    let facts = "Una agencia inmobiliaria dejó de contestar a las llamadas de una familia en cuanto supo su apellido";
    vault.save(&case("1", facts), 0).unwrap();
    let before = vault.digest().unwrap();
    let near = format!("{} y no dio explicaciones", facts.to_uppercase());
    let incoming =
        [case("7", &near), case("8", "Otra cosa muy distinta, que nadie ha contado todavía"), case("9", &near)];
    let twins = vault.find_duplicates(&incoming).unwrap();
    assert_eq!(twins.iter().map(|twin| twin.index).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(twins[0].of, Twin::Stored(case("1", "").id));
    assert_eq!((&twins[1].of, twins[1].likeness), (&Twin::Incoming(0), 1.0));
    let into = case("1", "").id;
    let missing = [Incoming::Add(incoming[1].clone()), Incoming::Merge(incoming[0].clone(), case("99", "").id)];
    assert!(matches!(vault.import(&missing, "a.csv"), Err(VaultError::NoSuchCase)));
    assert_eq!(vault.digest().unwrap(), before, "all or nothing");
    let all = [Incoming::Merge(incoming[0].clone(), into.clone()), Incoming::Add(incoming[1].clone())];
    let done = vault.import(&all, "a.csv").unwrap();
    assert_eq!((done.added, done.merged), (1, 1));
    let merged = vault.case(&into).unwrap().case;
    assert!(merged.hechos == facts && merged.notas.contains("no dio explicaciones"));
    let undone = vault.undo_import(done.import).unwrap();
    assert_eq!((undone.removed, undone.restored, undone.kept.len()), (1, 1, 0));
    assert_eq!((vault.count(false).unwrap(), vault.case(&into).unwrap().case.notas.as_str()), (1, ""));
    assert!(matches!(vault.undo_import(done.import), Err(VaultError::NoUndo { .. })));
}
