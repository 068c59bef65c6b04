//! Arguments in, words and progress out; the only place that prints.
