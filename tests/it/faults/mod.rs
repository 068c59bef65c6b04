//! Faults: every operation on our files fails, is cut short, or is the last thing that the process
//! does; and what must be true afterwards is true (`../shared/checks/faults.md`).

pub(crate) mod below;
pub(crate) mod crash;
pub(crate) mod damage;
mod failing;
pub(crate) mod scene;
