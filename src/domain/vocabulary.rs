//! The FSG's own words for a case: ámbito, tipo and provincia.

use serde::{Deserialize, Serialize};

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident, $all:ident: $($variant:ident = $label:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $(#[doc = $label] #[serde(rename = $label)] $variant,)+
        }

        #[doc = concat!("Every [`", stringify!($name), "`], in the order in which they are offered.")]
        pub const $all: &[$name] = &[$($name::$variant),+];

        impl $name {
            /// As the FSG writes it.
            pub fn label(self) -> &'static str {
                match self { $(Self::$variant => $label,)+ }
            }
        }
    };
}

vocabulary! {
    /// Where it happened, as the FSG sorts its cases.
    Ambito, AMBITOS:
    Medios = "Medios de comunicación",
    Bienes = "Acceso a bienes y servicios",
    Empleo = "Empleo",
    Vivienda = "Vivienda",
    Educacion = "Educación",
    Redes = "Redes sociales",
    Policia = "Servicios policiales",
    Salud = "Salud",
    Otros = "Otros",
}

vocabulary! {
    /// The kind of discrimination (Directive 2000/43/CE; Ley 15/2022, articles 4, 6 and 8; Código Penal, article 510).
    Tipo, TIPOS:
    Directa = "Discriminación directa",
    Indirecta = "Discriminación indirecta",
    Interseccional = "Discriminación interseccional",
    Acoso = "Acoso discriminatorio",
    Odio = "Discurso de odio",
    Orden = "Orden de discriminar",
    SinEspecificar = "Sin especificar",
}

/// Spain's provinces and autonomous cities, and «Estatal» for a case of the whole country.
pub const PROVINCIAS: &[&str] = &[
    "A Coruña",
    "Álava",
    "Albacete",
    "Alicante",
    "Almería",
    "Asturias",
    "Ávila",
    "Badajoz",
    "Baleares",
    "Barcelona",
    "Bizkaia",
    "Burgos",
    "Cáceres",
    "Cádiz",
    "Cantabria",
    "Castellón",
    "Ceuta",
    "Ciudad Real",
    "Córdoba",
    "Cuenca",
    "Gipuzkoa",
    "Girona",
    "Granada",
    "Guadalajara",
    "Huelva",
    "Huesca",
    "Jaén",
    "La Rioja",
    "Las Palmas",
    "León",
    "Lleida",
    "Lugo",
    "Madrid",
    "Málaga",
    "Melilla",
    "Murcia",
    "Navarra",
    "Ourense",
    "Palencia",
    "Pontevedra",
    "Salamanca",
    "Santa Cruz de Tenerife",
    "Segovia",
    "Sevilla",
    "Soria",
    "Tarragona",
    "Teruel",
    "Toledo",
    "Valencia",
    "Valladolid",
    "Zamora",
    "Zaragoza",
    "Estatal",
];

/// The province of that name as [`PROVINCIAS`] writes it, whatever the case of its letters.
pub fn provincia_named(name: &str) -> Option<&'static str> {
    let wanted = name.trim().to_lowercase();
    PROVINCIAS.iter().copied().find(|provincia| provincia.to_lowercase() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_survives_a_file() {
        for &ambito in AMBITOS {
            let text = serde_json::to_string(&ambito).unwrap();
            assert_eq!(text, format!("\"{}\"", ambito.label()));
            assert_eq!(serde_json::from_str::<Ambito>(&text).unwrap(), ambito);
        }
    }

    #[test]
    fn spain_has_fifty_provinces_and_two_cities() {
        assert_eq!(PROVINCIAS.len(), 53);
        assert_eq!(provincia_named(" ávila "), Some("Ávila"));
        assert_eq!(provincia_named("Narnia"), None);
    }
}
