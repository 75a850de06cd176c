//! The library behind `pag-bert`: every room but the command line's own `main`.

pub mod model;
