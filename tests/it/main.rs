//! Black-box tests of the binary and of each stage; one binary, so that linking stays cheap.
