//! The block of ids that is a schema's own.

use std::collections::HashMap;
use std::fmt;

use super::catalog::Catalog;
use super::object::Oid;
use super::relation::RelationKind;
use super::sequence::Sequence;

/// How many ids a schema has: 2^32.
const SIZE: i64 = 1 << 32;

/// The ids that the schema with this number in the registry draws: number · 2^32 + 1 up to (number + 1) · 2^32. The
/// template has the number 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Block(i32);

/// Where the sequences of a schema count from which ids are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// Each as it was made: ids are not unique across schemata.
    AsMade,
    /// In no block, but a copy will count in one of its own.
    Template,
    /// In the schema's block.
    In(Block),
}

impl Counting {
    /// In a block, if ids are unique across schemata.
    pub(crate) fn in_block(block: Option<Block>) -> Self {
        block.map_or(Self::AsMade, Self::In)
    }

    /// How a sequence counts in its block, if it does.
    pub(super) fn span(self, sequence: &Sequence) -> Option<Span> {
        match self {
            Self::AsMade => None,
            Self::Template => Some(Span::of(sequence)),
            Self::In(block) => block.span(sequence),
        }
    }
}

/// How a sequence counts within a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// How far it starts from the end that it begins at.
    pub(crate) offset: i64,
    /// How many numbers it has.
    pub(crate) size: i64,
    is_descending: bool,
}

impl Block {
    pub(crate) fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number of the schema whose it is.
    pub(crate) fn number(self) -> i32 {
        self.0
    }

    /// The block that an id is in, if it is in one.
    pub(crate) fn around(id: i64) -> Option<Self> {
        let number = id.checked_sub(1)? / SIZE;
        (id > 0)
            .then(|| i32::try_from(number).ok().map(Self))
            .flatten()
    }

    pub(crate) fn first(self) -> i64 {
        i64::from(self.0) * SIZE + 1
    }

    pub(crate) fn last(self) -> i64 {
        i64::from(self.0) * SIZE + SIZE
    }

    /// START, MINVALUE and MAXVALUE of a sequence that counts in this block.
    pub(crate) fn range(self, span: Span) -> [i64; 3] {
        if span.is_descending {
            let max = self.last();
            [max - span.offset, max - span.size + 1, max]
        } else {
            let min = self.first();
            [min + span.offset, min, min + span.size - 1]
        }
    }

    /// How a sequence counts in this block, if it does.
    pub(crate) fn span(self, sequence: &Sequence) -> Option<Span> {
        let span = Span::of(sequence);
        (self.range(span) == [sequence.start, sequence.min, sequence.max]).then_some(span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            offset,
            size,
            is_descending,
        } = self;
        let end = if *is_descending { "last" } else { "first" };
        write!(f, "{offset} from the {end}, of {size}")
    }
}

impl Span {
    /// How a sequence counts, wherever that is. One that has more numbers than a block is cut short.
    pub(crate) fn of(sequence: &Sequence) -> Self {
        let is_descending = sequence.increment < 0;
        let offset = if is_descending {
            i128::from(sequence.max) - i128::from(sequence.start)
        } else {
            i128::from(sequence.start) - i128::from(sequence.min)
        };
        let size = i128::from(sequence.max) - i128::from(sequence.min) + 1;
        let size = i64::try_from(size).unwrap_or(SIZE).min(SIZE);
        Self {
            // One that starts beyond the block starts at its beginning.
            offset: i64::try_from(offset)
                .ok()
                .filter(|offset| *offset < size)
                .unwrap_or(0),
            size,
            is_descending,
        }
    }
}

/// How wide the ids are that a sequence draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// There is room for a block of each schema.
    Wide,
    /// There is not.
    Narrow,
}

/// A column whose values are drawn from a sequence of the schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdColumn {
    pub(crate) relation: Oid,
    pub(crate) column: i16,
    pub(crate) sequence: Oid,
    pub(crate) width: Width,
    pub(crate) is_identity: bool,
}

impl Catalog {
    /// The columns that are identities, or whose default is the next number of a sequence of the schema.
    pub(crate) fn id_columns(&self) -> Vec<IdColumn> {
        let sequences = self.relations.iter();
        let sequences = sequences.filter(|it| it.kind == RelationKind::Sequence);
        let sequences: HashMap<&str, Oid> = sequences.map(|it| (&*it.name, it.oid)).collect();
        let lengths: HashMap<(Oid, i16), i16> = self
            .columns
            .iter()
            .map(|it| ((it.relation, it.number), it.length))
            .collect();
        let identities = self.sequences.iter().filter_map(|it| {
            let owner = it.owner.filter(|owner| owner.is_identity)?;
            Some((owner.relation, owner.column, it.relation, true))
        });
        let serials = self.defaults.iter().filter_map(|it| {
            let (schema, name) = it.sequence()?;
            if schema.is_some_and(|schema| schema != self.namespace.name) {
                return None;
            }
            let sequence = sequences.get(&*name)?;
            Some((it.relation, it.column, *sequence, false))
        });
        let columns = identities.chain(serials);
        let columns = columns.filter_map(|(relation, column, sequence, is_identity)| {
            let width = match lengths.get(&(relation, column)) {
                Some(8) => Width::Wide,
                Some(2 | 4) => Width::Narrow,
                // A number of any size, or a text.
                _ => return None,
            };
            Some(IdColumn {
                relation,
                column,
                sequence,
                width,
                is_identity,
            })
        });
        columns.collect()
    }

    /// The sequences that count in the schema's block of ids.
    pub(crate) fn id_sequences(&self) -> Vec<Oid> {
        let wide = self
            .id_columns()
            .into_iter()
            .filter(|it| it.width == Width::Wide);
        wide.map(|it| it.sequence).collect()
    }

    /// The block that the schema counts in, as its sequences have it.
    pub(crate) fn block(&self) -> Option<Block> {
        let ids = self.id_sequences();
        let sequence = self
            .sequences
            .iter()
            .find(|it| ids.contains(&it.relation))?;
        Block::around(sequence.start)
    }
}
