// What a registry (registry.h) knows of every kernel, whatever it computes. Light: files compiled
// for one instruction set include it, too.
#pragma once

#include <sonant/core/kernels/isa_enum.h>

namespace sonant::kernels {

// How a kernel keeps the numbers it works on; what it is given and gives back is float or double.
enum class Storage { float32, float64, bf16, int8 };
// That of a kernel which computes in T itself, and the error that sums and products of some hundred
// numbers then have.
template <class T>
inline constexpr Storage own_storage = sizeof(T) == 4 ? Storage::float32 : Storage::float64;
template <class T>
inline constexpr double own_accuracy = sizeof(T) == 4 ? 5e-6 : 2e-14;

enum class Choice {
  automatic,  // taken where nobody names a kernel
  by_name,    // only for who asks for it
};

// The first part of a row; a kind of kernel adds its functions.
struct KernelRow {
  const char* name;   // rows of one name are one variant for several processors
  CpuFeatures needs;  // what the machine must have
  Storage storage;
  // Largest error of a result against the first row of the registry in double, in units of the
  // result's largest number: what its tests hold it to. 0: the same bits.
  double accuracy;
  Choice choice;
  const char* idea;  // one line
};

template <class Row>
class Registry;

}  // namespace sonant::kernels
