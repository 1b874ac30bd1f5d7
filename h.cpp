#include "/work/wt/loop/backends/torch/native/equations.h"
