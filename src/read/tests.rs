//! Tests of the room, in groups.

mod corpus;
