//! Cases to export: written for these tests, about nobody.

use pag_bert::documents::{ExportOptions, Letterhead};
use pag_bert::domain::{Ambito, Case, CaseId, CaseStatus, Outcome, Tipo};

use crate::common::suggestion;

/// A case with something in every field, accents and marks of every kind among it.
pub fn full() -> Case {
    let mut case = Case::new(CaseId("00ff".into()), "2026-031".into(), "2026-11-03T10:00:00.000001+01:00".into());
    case.hechos =
        "Una joven gitana llamó para ver un piso en alquiler; al llegar con su madre, la agencia dijo: «Está \
                   reservado». ¿Por qué?\nUna amiga llamó después — no gitana — y le dieron cita.\n\nLa pingüina & el \
                   <ñandú> \"cobran\" 1.200 € al mes; 'nadie' lo explicó."
            .into();
    case.fecha = "2026-11-02".into();
    case.fecha_denuncia = "2026-11".into();
    case.provincia = Some("Ávila".into());
    case.ambito = Some(Ambito::Vivienda);
    case.tipo = Some(Tipo::Directa);
    case.intervencion = "Se informó a la joven de sus derechos.\nSe propuso escribir a la agencia.".into();
    case.intervencion_generada = true;
    case.resultado = Some(Outcome::Neutro);
    case.resultado_texto = "Sin respuesta por ahora.".into();
    case.causa_cierre = "La joven ha encontrado otra casa.".into();
    case.referencias = vec!["Expediente 12/2026".into(), "https://ejemplo.org/nota?a=1&b=2".into()];
    case.notas = "Llamar el lunes.".into();
    case.status = CaseStatus::Closed;
    case.modified_at = "2026-11-03T10:42:00.123456+01:00".into();
    case.propuesta = Some(suggestion::full());
    case
}

/// A case with little in it.
pub fn plain(number: usize) -> Case {
    let mut case = Case::new(CaseId(format!("c{number}")), String::new(), "2026-01-02T03:04:05.000000+01:00".into());
    case.hechos = format!(
        "Caso {number}. En una tienda siguieron a dos clientas gitanas de un pasillo a otro mientras miraban la ropa, y \
         a ninguna otra persona."
    );
    case
}

/// A case whose facts go over several pages: paragraph after paragraph, some short and some long.
pub fn long() -> Case {
    let mut case = full();
    let sentence = "El vigilante se puso detrás de la familia y no se separó de ella hasta la caja, sin decir nada. ";
    case.hechos =
        (1..=40).map(|n| format!("Párrafo {n}. {}", sentence.repeat(1 + (n * 7) % 9))).collect::<Vec<_>>().join("\n\n");
    case
}

/// With a letterhead of text.
pub fn options() -> ExportOptions {
    ExportOptions {
        letterhead: Letterhead::of_text("Asociación de prueba Ñandú\nC/ de la Ilusión, 1 · 05001 Ávila\n900 000 000"),
        made_at: "2026-11-03T10:00:00+01:00".into(),
        ..ExportOptions::default()
    }
}

/// The same with a picture: two bands, drawn here.
pub fn with_picture(mut options: ExportOptions) -> ExportOptions {
    let picture = image::RgbImage::from_fn(240, 80, |_, y| {
        if y < 40 { image::Rgb([0x1f, 0x6f, 0x50]) } else { image::Rgb([0x2a, 0x4d, 0x9b]) }
    });
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = pag_bert::documents::LetterImage::of_bytes(png.into_inner()).unwrap();
    options.letterhead.image = Some(png);
    options
}
