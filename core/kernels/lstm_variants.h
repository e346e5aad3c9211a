// What each variant's file gives to the registry (lstm.cpp).
#pragma once

#include <sonant/core/kernels/lstm.h>

namespace sonant::kernels {

template <class T>
LstmKernel<T> reference_lstm();

template <class T>
LstmKernel<T> blas_lstm();

}  // namespace sonant::kernels
