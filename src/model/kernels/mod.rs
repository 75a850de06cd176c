//! The only code that asks the compiler to trust it. Each file says why it must, and checks what it is given first.

pub(crate) mod product;
