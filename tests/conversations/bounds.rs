//! Every bound, each as an option.
