//! Black-box tests of the program over real sockets, real files and a real store. One binary, so
//! that linking stays cheap.

mod server;
mod wire;

mod commands;
mod config_file;
mod contract;
mod corpus;
mod crashes;
mod demo;
mod disk;
mod hostile;
mod house;
mod manners;
mod outputs;
mod stories;
