//! The template and its copies. Numbers are those of the behaviours in group B.

mod case;
mod dump;
mod matrix;
