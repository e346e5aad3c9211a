// The inside of an LSTM over one sequence, for looking and teaching: Lstm computes h and keeps the
// gates to itself. docs/lstm.md (1)-(6), in double, one line of the page a line of code.
#pragma once

#include <sonant/nn/lstm.h>

namespace sonant {

struct LstmTrace {
  Tensor<double> i, f, g, o;  // (T,H) each: the gates after their activation
  Tensor<double> c, h;        // (T,H): cell and output after each step
};

// One cell over x (T,D), from the zero state, forwards. Error if x has another width than the
// cell's input or no row.
template <Real T>
LstmTrace trace_lstm(const typename Lstm<T>::Cell& cell, const Tensor<T>& x);

}  // namespace sonant
