//! The template and its copies. Numbers are those of the behaviours in group B.

mod case;
mod dump;
mod ids;
mod matrix;
mod plans;
mod random;
