//===- Passes.td - every pass of seqc ----------------------*- tablegen -*-===//
#ifndef SEQC_PASSES_TD
#define SEQC_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandCells : Pass<"seq-expand"> {
  let summary = "Replace named cells by the scans they stand for";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def LiftSteps : Pass<"seq-lift-steps", "::mlir::ModuleOp"> {
  let summary = "Turn a function that is one step into one over many";
  let description = [{
    Inputs and outputs get a first dimension, the steps (`seq.steps`); states
    stay as they are. What depends on no state is computed for all steps at
    once: loops over elements and views get one dimension more, a scan one more
    symbol in its domain. A scan of one step whose carries begin with what they
    ended with a step before becomes one scan over all steps. A state that is a
    value of the step before becomes the rows of that value. All other ops on a
    way from a state to a state become the body of one scan.

    Cells must have been expanded. An op that has no form for many steps at once
    is refused by name.
  }];
  let options = [Option<"block", "block", "int64_t", /*default=*/"48",
                        "Steps that the function takes at once, at most">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect", "::seqc::seq::SeqDialect"];
}

def DeriveStep : Pass<"seq-derive-step", "::mlir::ModuleOp"> {
  let summary = "Give a function of a whole sequence a state";
  let description = [{
    The dimension `time` is followed through the function. Where row t of every
    output needs no row after t, the function can take up a sequence where
    another call left it: what carries and histories of scans end with becomes a
    state, and so do the rows that a padding of time goes back (its zeros are
    the state's first value). A carry may begin with weights, which its state then
    begins with. Inputs and outputs get time as their first dimension
    (`seq.steps`); an output that was what carries end with leaves, since it is a
    part of the state, which is called after it. One that is made of the last
    step's values gets a row for every step: what it would be if that were the
    last one.

    Anything else is refused, and the op is named: a scan in reverse, a result
    that reads later steps, a reduction over time, a body that reads the number
    of its step. Cells must have been expanded.
  }];
  let options = [Option<"time", "time", "std::string", /*default=*/"\"time\"",
                        "The dimension of the steps">,
                 Option<"block", "block", "int64_t", /*default=*/"1024",
                        "Steps that the function takes at once, at most">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect", "::seqc::seq::SeqDialect"];
}

def PrintCarries : Pass<"seq-print-carries"> {
  let summary = "Remark which carries of every scan are associative, and why";
}

def Reroll : Pass<"seq-reroll", "::mlir::ModuleOp"> {
  let summary = "Write equal steps one after another as one scan";
  let description = [{
    A model traced from a loop has the ops of its step many times over. Steps are
    equal where all their ops are, and each operand is in all steps: made in the
    same step; made in the step before, at the same place (a carry, whose first
    value comes from elsewhere); one value, or equal constants; or a slice of one
    tensor, whose offset moves by the same amount at every step. One step then
    becomes the body of a scan, with what is read of every step as outs. Weights
    that are equal become one before.

    Which steps became a scan and why almost equal ones stayed is remarked.
  }];
  let options = [Option<"minSteps", "min-steps", "int64_t", /*default=*/"8",
                        "Fewer equal steps stay">,
                 Option<"remarks", "remarks", "bool", /*default=*/"true",
                        "Say what became a scan, and what stayed">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect", "::seqc::seq::SeqDialect"];
}

def Raise : Pass<"seq-raise"> {
  let summary = "Write the steps of scans in ops that every schedule can run";
  let description = [{
    An imported graph's step is tensor code: elementwise linalg, sums and maxima
    along dimensions, products of tensors, and products with matrices as scans of
    one step of their own. Where all of it can be said in ops of the first tier,
    and the vector lowering takes the result, it is. Dimensions that every op
    runs along in parallel, such as a batch, become domain symbols; what the step
    reads from around the scan, and a part of an input, become operands. A state
    s that becomes a s + b or a (s + b) is then a transition.
  }];
  let dependentDialects = ["::seqc::seq::SeqDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Sink : Pass<"seq-sink"> {
  let summary = "Move elementwise neighbours of a scan into its body";
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def Diagonalise : Pass<"seq-diagonalise", "::mlir::ModuleOp"> {
  let summary = "Replace constant matrices that update a state by diagonal ones";
  let description = [{
    s' = A s + b with a weight A = V L V^-1 becomes u' = L u + V^-1 b: real
    numbers where A has real eigenvalues alone, as a symmetric one, else one
    complex number for every pair. Products with weights that make b or read s
    take V up. Rounding grows with the condition number of V's columns, of length
    one each: a matrix whose number is above `condition` stays, with a warning.
    What was done is a note of the scan's report.
    Source: Gupta, Gu and Berant, Diagonal State Spaces are as Effective as
    Structured State Spaces, 2022, section 3.
  }];
  let options = [Option<"condition", "condition", "double", /*default=*/"1000",
                        "The largest condition number of the eigenvectors; 0 says "
                        "where there are such matrices, and no more">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect",
                           "::seqc::seq::SeqDialect"];
}

def Hoist : Pass<"seq-hoist"> {
  let summary = "Move contractions that read no carry into a time block";
  let description = [{
    What a contraction needs goes with it, and what follows from it without
    reading a carry, so that an LSTM's W x + b is one `seq.time_block`. Scans
    without carries are left alone: their steps are independent already.
  }];
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def Pack : Pass<"seq-pack", "::mlir::ModuleOp"> {
  let summary = "Lay the matrices of contractions out for vectors of lanes";
  let description = [{
    A scan whose body multiplies a whole invariant matrix with a vector reads
    the matrix packed (see `seq.pack`): a weight when code is emitted, another
    tensor when the model runs. Scans that the vector lowering does not take
    are left alone. `weight-type` is what such weights are stored in: with i8,
    every row's sums are multiplied by the row's scale; with `byte-dots` their
    bytes stand in quads, where rows are long enough. A matrix whose products
    take others beside them (see `seq-lower-recurrent`) is packed for as many
    lanes as it multiplies at once, to be one stream from memory.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">,
                 Option<"registers", "registers", "int64_t", /*default=*/"16",
                        "vector registers">,
                 Option<"weightType", "weight-type", "std::string",
                        /*default=*/"\"f32\"", "f32, bf16, f16 or i8">,
                 Option<"byteDots", "byte-dots", "bool", /*default=*/"false",
                        "bytes are multiplied by vpdpbusd, or usdot">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Decompose : Pass<"seq-decompose"> {
  let summary = "Replace composite transitions by the ops they stand for";
  let description = [{
    Once a scan has its form nobody asks any more how its transitions compose.
    One that has an iteration space of its own (`seq.affine` with numbers as
    decays) stays; the others become products, sums and elementwise ops. A row's
    decay, given as its logarithm, is exponentiated once for the row.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def Promote : Pass<"seq-promote"> {
  let summary = "Make parallel dimensions of bodies domain symbols";
  let description = [{
    A scan whose operands have no domain symbol innermost takes one from its
    body: a dimension that every carry and out has and along which nothing is
    reduced, as the values of a linear attention's state. Carries and outs
    without it, and what is slow to compute and the same along it, become scans
    of their own. Scans that become naive loops are left alone.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect",
                           "::seqc::seq::SeqDialect"];
}

def LowerRecurrent : Pass<"seq-lower-recurrent"> {
  let summary = "Lower bufferized scans to loops over vectors";
  let description = [{
    The nest is time block -> tile of the domain -> time. Where the body
    multiplies whole matrices with vectors, lanes run along the matrix' rows
    and several domain points share each load; a contraction with a vector that
    the step computes begins a new stage. Otherwise they run along a domain
    symbol; the state stays in registers, or, where it is too large, in memory,
    with a loop that walks it. Every thread executes the
    nest, which is marked `seq.threaded`, and takes its range of tiles.
    Matrices must have been packed for `lanes` by `seq-pack`; those of bytes in
    quads are multiplied with vectors in fixed point, of 24 bits. Where a step
    of one row waits for its weights, the loop of its products computes those of
    the next time block beside them.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">,
                 Option<"registers", "registers", "int64_t", /*default=*/"16",
                        "vector registers">,
                 Option<"fetchesAhead", "fetches-ahead", "bool",
                        /*default=*/"false",
                        "ask for no weights that one row multiplies">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def ExpandMath : Pass<"seq-expand-math"> {
  let summary = "Expand transcendental functions to arithmetic";
  let description = [{
    exp, exp2, tanh, `seq.sigmoid` and `seq.softplus` of f32 become polynomials
    that give the same bits at every vector width: exp and exp2 within 2 ulp,
    the others within 5; results below 1.7e-38 are zero, but of exp2 with
    `scalef`. Functions that do not depend on each other are evaluated side by
    side. exp of a product with a factor that the loop around it does not change
    becomes a power of two, a multiply-add of zero a product. With `library` only
    the ops of this dialect are rewritten, in terms of math's, for lowering to libm.
    Without `fma` multiply-adds are products and sums, each rounded: libm has a
    function for them, but it takes as long as dozens of either.
  }];
  let options = [Option<"library", "library", "bool", /*default=*/"false",
                        "leave math's functions to libm">,
                 Option<"sideBySide", "side-by-side", "unsigned",
                        /*default=*/"4",
                        "functions evaluated at the same time, at most">,
                 Option<"scalef", "scalef", "bool", /*default=*/"false",
                        "powers of two by AVX-512's vreduceps and vscalefps">,
                 Option<"fma", "fma", "bool", /*default=*/"true",
                        "multiply-adds that round once">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def OutlineWeights : Pass<"seq-outline-weights", "::mlir::ModuleOp"> {
  let summary = "Make constants symbols that are evaluated when code is emitted";
  let description = [{
    What is computed from `seq.weight_data`, constants and other weights by views,
    layouts and simple arithmetic becomes a `seq.weight` and a `seq.load_weight`.
    A constant that repeats one number stays where it is; weights that nothing
    loads are dropped.
  }];
  let dependentDialects = ["::seqc::seq::SeqDialect"];
}

def LowerNaive : Pass<"seq-lower-naive"> {
  let summary = "Lower scans to plain loops over tensors";
  let description = [{
    Takes the scans whose schedule begins with `naive` or that have none; with
    `all`, every scan. Ops of the first tier become linalg.generic over
    scalars, also around scans; others stay as they are.
  }];
  let options = [Option<"all", "all", "bool", /*default=*/"false",
                        "Lower every scan, whatever its schedule">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def Bufferize : Pass<"seq-bufferize", "::mlir::ModuleOp"> {
  let summary = "Give the model's tensors their memory";
  let description = [{
    Tensors become memrefs, those of the interface memrefs of the caller: the
    public function of a module is rewritten to take its inputs, then its
    states, then its outputs, and to return nothing. States are updated in
    place. `seq.argument` on an argument says what it is.

    A seq.scan is bufferized as a whole: its body keeps tensors.
  }];
  let dependentDialects = [
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect"];
}

def ThreadRegion : Pass<"seq-thread-region", "::mlir::func::FuncOp"> {
  let summary = "Share a function's work among the threads that execute it";
  let description = [{
    All threads of a kernel execute all of its function. Outermost ops with the
    unit attribute `seq.threaded` divide their own work by `seq.thread_id` and
    are left as they are; ops that only compute values are executed by every
    thread; all other ops go to thread 0. A `seq.barrier` stands between two
    neighbours that are not executed by the same threads in the same way.
    Control flow around `seq.threaded` ops must not depend on the thread.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::seqc::seq::SeqDialect"];
}

def CheckExtents : Pass<"seq-check-extents", "::mlir::func::FuncOp"> {
  let summary = "Say which extents must be equal where types do not";
  let description = [{
    A scan walks all operands that name one symbol together, and so does a
    structured op with one of its dimensions: where a type leaves an extent open,
    memory is read and written beyond its end unless the extents are equal. Every
    such pair that is not equal already (by name, by type, or as one value) becomes
    a `cf.assert`. `seq-plan-workspace` makes of these what a model refuses before
    it runs.

    Results must be as large as the names of their dimensions say. What no
    argument has by such a name becomes a `seq.derived_dim`. No extent may be
    negative, as that of windows which are longer than what they are of.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::cf::ControlFlowDialect", "::mlir::tensor::TensorDialect"];
}

def PlanWorkspace : Pass<"seq-plan-workspace", "::mlir::ModuleOp"> {
  let summary = "Place every allocation in the caller's workspace";
  let description = [{
    Every memref.alloc of the model's function becomes a view of its new last
    argument, the workspace, at a multiple of 64. Extents must be computable
    from the function's dynamic dimensions and the number of threads.
    Allocations of static size share memory where their lifetimes allow, but for
    `seq.kept` ones: they hold what the call before has left. Inside a
    `seq.threaded` op an allocation is private to its thread. The function
    NAME_workspace_bytes returns how much is needed, or -1 where the dimensions
    do not satisfy every `cf.assert` and `seq.derived_dim` on them; those are
    erased. NAME_derive_extents writes the dimensions of the latter.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::seqc::seq::SeqDialect"];
}

def BuildKernel : Pass<"seq-build-kernel", "::mlir::ModuleOp"> {
  let summary = "Give the model's function the interface of a kernel";
  let description = [{
    The function NAME becomes NAME_kernel(thread, threads, sync, weights,
    workspace, dims, inputs, states, outputs), on integers and pointers; memrefs
    are built from them at its start.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect"];
}

def OutlineRegions : Pass<"seq-outline-regions", "::mlir::ModuleOp"> {
  let summary = "Make the parts of long kernels functions";
  let description = [{
    A kernel with at least `least` regions that threads share, or that one thread
    takes, calls a private function for each; regions that do the same to other
    operands share one, as the layers of a deep model do. Of shorter kernels only
    large regions that are alike become a function.
  }];
  let options = [Option<"least", "least", "unsigned", /*default=*/"24",
                        "regions from which a kernel is too long">,
                 Option<"ops", "ops", "unsigned", /*default=*/"1000",
                        "ops of a region that is large in any kernel">];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def FuseElementwise : Pass<"seq-fuse-elementwise"> {
  let summary = "Elementwise ops in one walk";
  let description = [{
    An elementwise linalg op on tensors whose result one other elementwise op alone
    reads, every element once, is computed there, and its result is never written.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandLinalg : Pass<"seq-expand-linalg"> {
  let summary = "Linalg ops on memrefs as loops";
  let description = [{
    What `convert-linalg-to-loops` does, in one walk that leaves all other ops alone:
    the patterns of that fold everything around the few that they are for.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def ResolveExtents : Pass<"seq-resolve-extents"> {
  let summary = "Extents of results from those of operands";
  let description = [{
    What `resolve-shaped-type-result-dims` does, for extents alone: that folds every
    other op, too.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SpreadWindows : Pass<"seq-spread-windows"> {
  let summary = "Convolutions along their result";
  let description = [{
    A scan of one step that multiplies a matrix with windows, as a convolution is
    imported, has its lanes along the matrix' rows. Where its result has the windows
    innermost, two vectors of them or more, and they lie behind each other in what it
    reads, its ops become linalg ops on tensors, for `seq-tile-loops`. Steps
    of a stream, which have few windows, stay scans, and so do those whose windows
    are more than two elements apart (of 64 products or fewer, more than eight), and
    those that a schedule gives another form.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect"];
}

def MinimalFilters : Pass<"seq-minimal-filters", "::mlir::ModuleOp"> {
  let summary = "Convolutions with fewer products";
  let description = [{
    Neighbouring windows, one element apart, share what they read: six products make
    four windows of three taps or three of four, which would take twelve, or five of two
    or two of five, which would take ten. These are F(4, 3) and its like (Winograd 1980;
    Lavin and Gray 2016), at 0, 3/4, -3/4, 3/2, -3/2 and infinity. A scan that
    multiplies a matrix of weights with such windows becomes six that multiply sums of
    the input's elements with sums of the taps, and linalg ops for the sums before and
    behind. What else its steps compute goes into the last.

    Which convolutions: with 32 channels or more on both sides, 64 where the windows
    lie innermost in the result; where 32 groups of windows or more read the weights,
    of which there are 1.2 to 3 times as many, from at most 4 Mi numbers; and where
    whole groups are not too many for the windows: a third of the products must go.
    Fewer than 128 windows that are counted when the model runs take all products, in a
    branch of their own. The relative RMS error is 5e-7 where it was 2e-7 (128 channels
    of random numbers).

    With `only-notes` such scans stay as they are, with a note for `seqc explain`.
  }];
  let options = [Option<"onlyNotes", "only-notes", "bool", /*default=*/"false",
                        "say which scans would take fewer products">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def TileLoops : Pass<"seq-tile-loops"> {
  let summary = "Linalg ops as tiles of vectors";
  let description = [{
    A linalg op on memrefs of f32 or f64 becomes loops over tiles of vectors: a product
    of two matrices that a model computes, a convolution with holes, the mean of rows,
    a function of every element. Where it combines elements, a tile's results stay in
    registers while the combined loops go by, and begin with what fills the memory.
    Lanes run along a loop that every operand walks element by element or not at all:
    one of the result, or one of those that are combined, whose lanes are then added up
    behind them. Elements up to eight apart are picked from vectors of neighbours, and
    rows of a tile that lie between the lanes of the result are interleaved. Which
    loop, and the size of a tile, come from a count of loads and additions. Products
    are fused with their sum.
    A large op outside of loops is shared by threads, marked `seq.threaded`; results do
    not depend on how many there are. Others are left as they are: of other types,
    or where nothing lies side by side.
  }];
  let options = [Option<"lanes", "lanes", "int64_t", /*default=*/"8",
                        "f32 elements in one vector register">,
                 Option<"registers", "registers", "int64_t", /*default=*/"16",
                        "vector registers">];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect",
                           "::seqc::seq::SeqDialect"];
}

def CollapseLoops : Pass<"seq-collapse-loops"> {
  let summary = "Make elementwise loops over what is contiguous in memory one";
  let description = [{
    An elementwise linalg op on memrefs walks as many of its innermost dimensions
    as lie behind each other in all of its operands as one: short rows alone leave
    vectors of elements nothing to take.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
}

def ThreadLoops : Pass<"seq-thread-loops"> {
  let summary = "Divide large loops between scans among threads";
  let description = [{
    A linalg op on memrefs, in no other loop, whose outermost loop of more than one
    iteration writes other elements in each becomes loops that every thread executes for its part,
    marked `seq.threaded`. Those that are small, by extents that are known, are
    left to one thread.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::seqc::seq::SeqDialect"];
}

def ExpandShapes : Pass<"seq-expand-shapes"> {
  let summary = "Expand shapes with several dynamic extents in one dimension";
  let description = [{
    A memref.expand_shape that makes one dimension several dynamic ones becomes
    a memref.reinterpret_cast with the strides that its extents give. Others are
    left to expand-strided-metadata.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def ChooseSchedule : Pass<"seq-choose-schedule"> {
  let summary = "Choose the form of every scan, as guarded alternatives";
  let description = [{
    Judges every form from the IR alone, predicts what the legal ones cost and
    takes the cheapest. A remark says what was weighed, and the scan keeps it as
    the attribute `seq.report`; without remarks, a warning names a scan that runs
    as naive loops because they alone take it. A schedule that the source gives is kept if it
    is legal; a forced form that is not is an error. The machine's figures are
    for one thread, and 0 stands for the default.
  }];
  let options = [
    Option<"form", "form", "std::string", "\"auto\"",
           "auto, naive, recurrent, parallel, chunked or convolution">,
    Option<"threads", "threads", "int64_t", "1", "Threads to choose for">,
    Option<"lanes", "lanes", "int64_t", "8", "f32 elements in a vector">,
    Option<"chunk", "chunk", "int64_t", "0",
           "Steps in a chunk of the forms that split time; 0 for the cheapest">,
    Option<"fan", "fan", "int64_t", "0",
           "Children of a node of the parallel form's tree over chunks of "
           "`chunk` steps; 0 for the cheapest, which may be none">,
    Option<"gigaflops", "gigaflops", "double", "0", "Peak of multiply-adds">,
    Option<"gigaexps", "gigaexps", "double", "0", "Rate of vector exps">,
    Option<"l2Bandwidth", "l2-gbps", "double", "0", "GB/s from the L2 cache">,
    Option<"l3Bandwidth", "l3-gbps", "double", "0", "GB/s from the L3 cache">,
    Option<"memoryBandwidth", "memory-gbps", "double", "0",
           "GB/s from memory">,
    Option<"l2Bytes", "l2-bytes", "double", "0", "Size of a core's L2 cache">,
    Option<"l3Bytes", "l3-bytes", "double", "0", "Size of the L3 cache">,
    Option<"latencyNs", "latency-ns", "double", "0",
           "Time of a multiply-add that the next one waits for">,
    Option<"barrierNs", "barrier-ns", "double", "0", "Cost of one barrier">,
    Option<"remarks", "remarks", "bool", "true", "Emit the remarks">
  ];
}

def PowersOfDecays : Pass<"seq-powers-of-decays", "::mlir::ModuleOp"> {
  let summary = "One exp for decays that are powers of one";
  let description = [{
    Decays exp(s x[n]) with rates x that do not change along time are the powers
    of exp(s x[0]) where x[n] = (n + 1) x[0] in every row of the rates, as a
    diagonal SSM of S4D-Real or Mamba begins with: an exp and N - 1 products
    instead of N exps. Rates that are a weight are asked here; others by the
    kernel, in every run of at least 32 steps, so that the scan stands in both
    branches. Rates may differ by 2^-21 of themselves, a few roundings, from
    what they should be; the decays then differ as much as exp(s x[n]) does when
    x[n] has that error. Scans are left as they are that may take another form
    than the recurrent or the parallel one (chunks add logarithms), or whose N
    is more than 32.
    Source: Gu, Gupta, Goel and Re, On the Parameterization and Initialization
    of Diagonal State Space Models, 2022, section 4.2 (S4D-Real).
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"];
}

def LowerParallel : Pass<"seq-lower-parallel"> {
  let summary = "Turn guarded alternatives into branches, and split time";
  let description = [{
    Every alternative of a schedule becomes a branch of its own; a time extent
    that is known takes its branch. A parallel alternative with chunks of L
    steps becomes a scan of summaries over the domain and the T floordiv L
    chunks, a scan over the chunks that applies them, a scan that replays the
    body in every chunk, and a scan of what is left of time. With a `fan` the
    scan over the chunks is split like that in turn, `fan` chunks at a time, as
    long as there are more: into a balanced tree. A chunked one
    becomes a scan of the response to unit values in every chunk (or in one for
    all of them: a convolution), a scan over the chunks that takes L steps by
    products of matrices, a scan over time of what is left of the body, and a
    scan of what is left of time. A parallel alternative whose chunk is all of
    time stays one where lanes can share the steps: within vectors.
  }];
  let options = [Option<"lanes", "lanes", "unsigned", /*default=*/"1",
                        "f32 elements in one vector register: where they are "
                        "several, they may share steps">];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::seqc::seq::SeqDialect"];
}

#endif // SEQC_PASSES_TD
