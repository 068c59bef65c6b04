//! The story of one poll from top to bottom, then of a batch.
