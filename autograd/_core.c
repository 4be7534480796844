/* The compiled core: the node of graph.py, the operators of value.py, the order and the backward pass, in C.

   What anything here means is written in those files; this one only does it faster. Formulas stand here a second time
   for the few ops that plain networks are made of. The tests hold them to the declarations, bit for bit, and hold the
   two cores to each other. Every other op computes in Python and comes here as `filled`.

   It keeps to the stable ABI of CPython 3.11: one file serves that version and all newer ones.

   How a node is kept:

   - An operand is an Edge: a node with its local derivative, or no node and a plain number. Two fit into the node,
     more stand in an array. What does not fit this form, as a node made by hand, keeps the two Python objects that it
     was filled with ("boxed").
   - The garbage collector does not know most nodes. An operand is older than its result, so nodes alone never form a
     cycle. One can only arise through what else a node may hold: the attributes of a subclass, the `_backward` of a
     node made by hand. Such nodes, and all computed from them, are known to the collector; `node_is_gc` says which.
     (Not so a node that an operator made and that is given a `_backward` later: if that refers to it, both stay.)
   - Nobody's Python code runs while C looks through a graph, unless a node made by hand is in it. So marks in nodes
     are safe: threads and Ctrl-C come before or after. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <structmember.h>

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _MSC_VER
#define THREAD_LOCAL __declspec(thread)
#define NOT_INLINE __declspec(noinline)
#else
#define THREAD_LOCAL _Thread_local
#define NOT_INLINE __attribute__((noinline))
#endif

typedef struct Node Node;

typedef struct {
    Node *node;    /* the operand, or NULL */
    double number; /* its local derivative; without a node the plain number itself */
} Edge;

enum { INLINE, ARRAY, BOXED }; /* where the operands are */

struct Node {
    PyObject_HEAD
    double data, grad;
    PyObject *op;       /* the Op; NULL for a leaf */
    PyObject *names;    /* (label, scope); NULL while it has neither */
    PyObject *weakrefs; /* in a node that is being freed: the next one that is */
    uint32_t count;     /* of operands */
    uint8_t form;       /* INLINE, ARRAY or BOXED */
    uint8_t plain;      /* whether the collector does not know it; all zero is a node that it knows */
    uint8_t marked;     /* found by `order_of`, which is at work */
    union {
        Edge two[2];
        Edge *many;
        struct {
            PyObject *operands, *partials; /* a tuple; a tuple, a `_backward`, or None */
        } box;
    } in;
};

static PyTypeObject *Value; /* the one type */
static PyObject *Real;      /* numbers.Real: what counts as a number */
static PyObject *unnamed;   /* ("", ()): the names of most nodes */
static PyObject *present;   /* gives the watchers of this thread or task; NULL while nobody watches in any */
static PyObject *ours;      /* how the names of files begin whose lines are not the user's */

enum { CHECK, FILENAME, BACK, PLACES, MADE, ATTRIBUTES };

static PyObject *names_of[ATTRIBUTES]; /* what Python objects are asked for */
static const char *const ATTRIBUTE[ATTRIBUTES] = {"check_by_hand", "co_filename", "f_back", "places", "made"};

static inline PyObject *object(Node *node) {
    return (PyObject *)node;
}

static inline int is_node(PyObject *thing) {
    return Py_TYPE(thing) == Value || PyType_IsSubtype(Py_TYPE(thing), Value);
}

static inline Edge *edges(Node *node) {
    return node->form == ARRAY ? node->in.many : node->in.two;
}

static inline int is_by_hand(Node *node) {
    return node->form == BOXED && !PyTuple_CheckExact(node->in.box.partials);
}

/* ---------------------------------------------------------------- the ops whose formulas stand here */

enum { ADD, SUB, MUL, DIV, POW, NEG, EXP, LOG, TANH, SIGMOID, RELU, SUM, DOT, OPS };

static const char *const NAMES[OPS] = {
    "add", "sub", "mul", "div", "pow", "neg", "exp", "log", "tanh", "sigmoid", "relu", "sum", "dot",
};
static PyObject *op_of[OPS]; /* their declarations, which `introduce` brings */

/* ---------------------------------------------------------------- watchers: `watched` of watching.py */

/* 1: the code is the user's. 0: it is ours. -1: an error was raised. */
static int is_users(PyObject *file) {
    for (Py_ssize_t i = 0; i < PyTuple_Size(ours); i++) {
        Py_ssize_t begins = PyUnicode_Tailmatch(file, PyTuple_GetItem(ours, i), 0, PY_SSIZE_T_MAX, -1);
        if (begins)
            return begins < 0 ? -1 : 0;
    }
    return 1;
}

/* The file and the line of the user's code that is being run, or None. */
static PyObject *user_place(void) {
    PyObject *frame = (PyObject *)PyEval_GetFrame();
    Py_XINCREF(frame);
    while (frame && frame != Py_None) {
        PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame);
        PyObject *file = PyObject_GetAttr(code, names_of[FILENAME]), *found = NULL, *outer = NULL;
        int users = file ? is_users(file) : -1;
        if (users > 0)
            found = Py_BuildValue("(Oi)", file, PyFrame_GetLineNumber((PyFrameObject *)frame));
        else if (users == 0)
            outer = PyObject_GetAttr(frame, names_of[BACK]);
        Py_XDECREF(file);
        Py_DECREF(code);
        Py_DECREF(frame);
        if (!outer)
            return found;
        frame = outer;
    }
    Py_XDECREF(frame);
    Py_RETURN_NONE;
}

static int tell_watchers(PyObject *node) {
    PyObject *watchers = PyObject_CallNoArgs(present);
    int failed = watchers ? 0 : -1;
    for (Py_ssize_t i = 0; !failed && i < PyTuple_Size(watchers); i++) {
        PyObject *watcher = PyTuple_GetItem(watchers, i), *answer = NULL;
        PyObject *places = PyObject_GetAttr(watcher, names_of[PLACES]);
        if (places == Py_None)
            answer = PyObject_CallMethodObjArgs(watcher, names_of[MADE], node, NULL);
        else if (places && (answer = user_place()) && PyDict_SetItem(places, node, answer))
            Py_CLEAR(answer);
        failed = answer ? 0 : -1;
        Py_XDECREF(answer);
        Py_XDECREF(places);
    }
    Py_XDECREF(watchers);
    return failed;
}

/* ---------------------------------------------------------------- making a node */

/* A node without operands. One that the collector knows is tracked by the caller when it is whole. */
static inline Node *new_node(PyObject *op, double data, int plain) {
    Node *node = plain ? PyObject_New(Node, Value) : PyObject_GC_New(Node, Value);
    if (!node)
        return NULL;
    node->data = data;
    node->grad = 0.0;
    Py_XINCREF(op);
    node->op = op;
    node->names = node->weakrefs = NULL;
    node->count = 0;
    node->form = INLINE;
    node->marked = 0;
    node->plain = (uint8_t)plain;
    return node;
}

/* A new node as it is given away: those who watch are told first. */
static inline PyObject *given(Node *node) {
    if (!node->plain)
        PyObject_GC_Track(node);
    if (present && tell_watchers((PyObject *)node))
        Py_CLEAR(node);
    return (PyObject *)node;
}

/* ---------------------------------------------------------------- freeing nodes, without recursion */

/* The last use of a node ends the last use of its operands, and so on down a chain of millions. So nodes that are to
   be freed wait in a list. It is one per thread: freeing may run Python code (`__del__` of a subclass, the callback of
   a weak reference), in which another thread may take over. */
typedef struct {
    Node *first;
    int busy;
} Waiting;

static THREAD_LOCAL Waiting waiting;

static inline void wait_for_end(Waiting *list, Node *node) {
    node->weakrefs = (PyObject *)list->first;
    list->first = node;
}

static inline void let_go(Waiting *list, Node *operand) {
    /* The last reference to an ordinary node: it can wait here without being asked. */
    if (Py_REFCNT(object(operand)) == 1 && operand->plain && Py_TYPE(object(operand)) == Value && !operand->weakrefs)
        wait_for_end(list, operand);
    else
        Py_DECREF(object(operand));
}

static void release(Node *node) {
    PyTypeObject *type = Py_TYPE(object(node));
    if (node->plain)
        PyObject_Free(node);
    else
        PyObject_GC_Del(node);
    Py_DECREF(type);
}

/* Not inline, so that the address of the thread's list is worked out once and not per node. */
static NOT_INLINE void free_waiting(Waiting *list) {
    Node *node;
    list->busy = 1;
    while ((node = list->first)) {
        list->first = (Node *)node->weakrefs;
        Py_XDECREF(node->op);
        Py_XDECREF(node->names);
        if (node->form == BOXED) {
            Py_DECREF(node->in.box.operands);
            Py_DECREF(node->in.box.partials);
        } else {
            Edge *edge = edges(node);
            for (uint32_t i = 0; i < node->count; i++)
                if (edge[i].node)
                    let_go(list, edge[i].node);
            if (node->form == ARRAY)
                PyMem_Free(node->in.many);
        }
        release(node);
    }
    list->busy = 0;
}

static void node_dealloc(Node *node) {
    Waiting *list = &waiting;
    if (!node->plain)
        PyObject_GC_UnTrack(node);
    if (node->weakrefs)
        PyObject_ClearWeakRefs((PyObject *)node);
    wait_for_end(list, node);
    if (!list->busy)
        free_waiting(list);
}

/* ---------------------------------------------------------------- the garbage collector */

static int node_is_gc(PyObject *self) {
    return !((Node *)self)->plain;
}

static int node_traverse(Node *node, visitproc visit, void *arg) {
    Py_VISIT((PyObject *)Py_TYPE(object(node)));
    Py_VISIT(node->op);
    Py_VISIT(node->names);
    if (node->form == BOXED) {
        Py_VISIT(node->in.box.operands);
        Py_VISIT(node->in.box.partials);
        return 0;
    }
    for (uint32_t i = 0; i < node->count; i++)
        Py_VISIT(edges(node)[i].node);
    return 0;
}

/* Take the operands away; the node is a leaf then. */
static void empty(Node *node) {
    Node was = *node;
    node->count = 0;
    node->form = INLINE;
    if (was.form == BOXED) {
        Py_DECREF(was.in.box.operands);
        Py_DECREF(was.in.box.partials);
        return;
    }
    Edge *edge = edges(&was);
    for (uint32_t i = 0; i < was.count; i++)
        Py_XDECREF(object(edge[i].node));
    if (was.form == ARRAY)
        PyMem_Free(was.in.many);
}

static int node_clear(Node *node) {
    empty(node);
    return 0;
}

/* ---------------------------------------------------------------- recording an op */

/* What an operator was given: a node with its number, or a number alone. */
typedef struct {
    Node *node;
    double number;
} Operand;

/* 1: it is read. 0: it is neither a Value nor a real number. -1: an error was raised. */
static inline int read_operand(PyObject *thing, Operand *operand) {
    if (is_node(thing)) {
        operand->node = (Node *)thing;
        operand->number = operand->node->data;
        return 1;
    }
    operand->node = NULL;
    if (PyFloat_CheckExact(thing)) {
        operand->number = PyFloat_AsDouble(thing);
        return 1;
    }
    if (!PyLong_CheckExact(thing)) {
        int is_real = PyObject_IsInstance(thing, Real);
        if (is_real <= 0)
            return is_real;
    }
    PyObject *number = PyNumber_Float(thing);
    if (!number)
        return -1;
    operand->number = PyFloat_AsDouble(number);
    Py_DECREF(number);
    return 1;
}

/* What an operator answers where an operand could not be read. */
static PyObject *refused(void) {
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NOTIMPLEMENTED;
}

static inline int is_plain(Node *operand) {
    return !operand || operand->plain;
}

static inline Edge edge_to(Operand operand, double partial) {
    Py_XINCREF(object(operand.node));
    return (Edge){operand.node, operand.node ? partial : operand.number};
}

static inline PyObject *unary(int op, PyObject *self, double out, double d_x) {
    Node *x = (Node *)self;
    Node *node = new_node(op_of[op], out, x->plain);
    if (!node)
        return NULL;
    Py_INCREF(self);
    node->in.two[0] = (Edge){x, d_x};
    node->count = 1;
    return given(node);
}

static inline PyObject *binary(int op, Operand x, Operand y, double out, double d_x, double d_y) {
    Node *node = new_node(op_of[op], out, is_plain(x.node) && is_plain(y.node));
    if (!node)
        return NULL;
    node->in.two[0] = edge_to(x, d_x);
    node->in.two[1] = edge_to(y, d_y);
    node->count = 2;
    return given(node);
}

/* Room for the operands of a node that has none yet; its count grows with what is put there. */
static Edge *make_room(Node *node, Py_ssize_t count) {
    if (count <= 2)
        return node->in.two;
    if ((size_t)count > UINT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "a node has at most 4294967295 operands");
        return NULL;
    }
    Edge *room = PyMem_Malloc((size_t)count * sizeof(Edge));
    if (!room)
        return (Edge *)PyErr_NoMemory();
    node->form = ARRAY;
    return node->in.many = room;
}

/* ---------------------------------------------------------------- arithmetic: the declarations of functions.py */

#define READ_BOTH(x, y)                                                                                               \
    Operand x, y;                                                                                                     \
    if (read_operand(left, &x) <= 0 || read_operand(right, &y) <= 0)                                                  \
        return refused()

static PyObject *node_add(PyObject *left, PyObject *right) {
    READ_BOTH(x, y);
    return binary(ADD, x, y, x.number + y.number, 1.0, 1.0);
}

static PyObject *node_sub(PyObject *left, PyObject *right) {
    READ_BOTH(x, y);
    return binary(SUB, x, y, x.number - y.number, 1.0, -1.0);
}

static PyObject *node_mul(PyObject *left, PyObject *right) {
    READ_BOTH(x, y);
    return binary(MUL, x, y, x.number * y.number, y.number, x.number);
}

static inline double divide(double x, double y) {
    if (y == 0.0)
        return x == 0.0 || isnan(x) ? NAN : copysign(INFINITY, x) * copysign(1.0, y);
    return x / y;
}

static PyObject *node_div(PyObject *left, PyObject *right) {
    READ_BOTH(x, y);
    double out = divide(x.number, y.number);
    return binary(DIV, x, y, out, divide(1.0, y.number), -divide(out, y.number));
}

static inline double log_of(double x) {
    return x > 0.0 ? log(x) : x == 0.0 ? -INFINITY : NAN;
}

static PyObject *node_pow(PyObject *left, PyObject *right, PyObject *modulus) {
    if (modulus != Py_None)
        Py_RETURN_NOTIMPLEMENTED;
    READ_BOTH(x, y);
    double base = x.number, exponent = y.number, out = pow(base, exponent), d_base = 0.0, d_exponent = 0.0;
    if (x.node && exponent != 0.0)
        d_base = exponent * pow(base, exponent - 1.0);
    if (y.node && !(base == 0.0 && exponent >= 0.0))
        d_exponent = out * log_of(base);
    return binary(POW, x, y, out, d_base, d_exponent);
}

static PyObject *node_neg(PyObject *self) {
    return unary(NEG, self, -((Node *)self)->data, -1.0);
}

/* ---------------------------------------------------------------- functions of one operand */

static PyObject *node_exp(PyObject *self, PyObject *nothing) {
    double out = exp(((Node *)self)->data);
    return unary(EXP, self, out, out);
}

static PyObject *node_log(PyObject *self, PyObject *nothing) {
    double x = ((Node *)self)->data;
    return unary(LOG, self, log_of(x), divide(1.0, x));
}

static PyObject *node_tanh(PyObject *self, PyObject *nothing) {
    double out = tanh(((Node *)self)->data);
    return unary(TANH, self, out, 1.0 - out * out);
}

static PyObject *node_sigmoid(PyObject *self, PyObject *nothing) {
    double x = ((Node *)self)->data, e = exp(-fabs(x)), out = (x >= 0.0 ? 1.0 : e) / (1.0 + e);
    return unary(SIGMOID, self, out, out * (1.0 - out));
}

static PyObject *node_relu(PyObject *self, PyObject *nothing) {
    double x = ((Node *)self)->data;
    return x <= 0.0 ? unary(RELU, self, 0.0, 0.0) : unary(RELU, self, x, 1.0);
}

/* ---------------------------------------------------------------- many operands, one node */

/* A node of the operands in a row, with their numbers where their local derivatives are to stand. NULL without an
   error: one of them is neither a Value nor a real number, and the recording in Python finds the words for it. */
static Node *node_of_row(int op, PyObject *const *row, Py_ssize_t count) {
    int plain = 1;
    for (Py_ssize_t i = 0; i < count; i++)
        plain &= !is_node(row[i]) || ((Node *)row[i])->plain;
    Node *node = new_node(op_of[op], 0.0, plain);
    if (!node)
        return NULL;
    Edge *edge = make_room(node, count);
    int known = edge ? 1 : -1;
    for (Py_ssize_t i = 0; i < count && known > 0; i++) {
        Operand operand;
        known = read_operand(row[i], &operand);
        if (known > 0) {
            edge[i] = edge_to(operand, operand.number);
            node->count++;
        }
    }
    if (known > 0)
        return node;
    if (!plain)
        PyObject_GC_Track(node);
    Py_DECREF(object(node));
    return NULL;
}

static PyObject *sum_of(PyObject *const *row, Py_ssize_t count) {
    Node *node = count < 1 ? NULL : node_of_row(SUM, row, count);
    if (!node)
        return refused();
    Edge *x = edges(node);
    node->data = x[0].number;
    for (Py_ssize_t i = 1; i < count; i++)
        node->data += x[i].number;
    for (Py_ssize_t i = 0; i < count; i++)
        if (x[i].node)
            x[i].number = 1.0;
    return given(node);
}

/* The row is xs, ys and the start. */
static PyObject *dot_of(PyObject *const *row, Py_ssize_t count) {
    Py_ssize_t size = count / 2;
    Node *node = size < 1 || count % 2 == 0 ? NULL : node_of_row(DOT, row, count);
    if (!node)
        return refused();
    Edge *x = edges(node), *y = x + size, *start = y + size;
    double out = x[0].number * y[0].number;
    if (start->number != 0.0)
        out = start->number + out;
    for (Py_ssize_t i = 1; i < size; i++)
        out += x[i].number * y[i].number;
    node->data = out;
    for (Py_ssize_t i = 0; i < size; i++) {
        double d_x = y[i].number, d_y = x[i].number;
        if (x[i].node)
            x[i].number = d_x;
        if (y[i].node)
            y[i].number = d_y;
    }
    if (start->node)
        start->number = 1.0;
    return given(node);
}

/* The same for operands as the op is called with: `lists` lists of one length and the others. What is not so, or has
   no Value in it, is for Python to look at. */
static PyObject *of_lists(PyObject *(*make)(PyObject *const *, Py_ssize_t), PyObject *const *args, Py_ssize_t count,
                          int lists) {
    Py_ssize_t size = count > 0 && PyList_CheckExact(args[0]) ? PyList_Size(args[0]) : -1, total = 0;
    int any_node = 0;
    for (int i = 1; i < lists; i++)
        if (count <= i || !PyList_CheckExact(args[i]) || PyList_Size(args[i]) != size)
            size = -1;
    if (size < 1)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject **row = PyMem_Malloc((size_t)(size * lists + count - lists) * sizeof(PyObject *));
    if (!row)
        return PyErr_NoMemory();
    for (Py_ssize_t i = 0; i < count; i++)
        for (Py_ssize_t k = 0; k < (i < lists ? size : 1); k++) {
            PyObject *thing = i < lists ? PyList_GetItem(args[i], k) : args[i];
            any_node |= is_node(thing);
            Py_INCREF(thing); /* reading a number may run Python code, which may empty the lists */
            row[total++] = thing;
        }
    PyObject *made = any_node ? make(row, total) : refused();
    while (total)
        Py_DECREF(row[--total]);
    PyMem_Free(row);
    return made;
}

static PyObject *core_sum(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    return of_lists(sum_of, args, count, 1);
}

static PyObject *core_dot(PyObject *module, PyObject *const *args, Py_ssize_t count) {
    return of_lists(dot_of, args, count, 2);
}

/* ---------------------------------------------------------------- any other op: a node from its parts */

/* Whether operands and partials fit into edges: nodes with floats, floats with None. */
static int fits(PyObject *operands, PyObject *partials) {
    if (!PyTuple_CheckExact(partials) || PyTuple_Size(partials) != PyTuple_Size(operands))
        return 0;
    for (Py_ssize_t i = 0; i < PyTuple_Size(operands); i++) {
        PyObject *operand = PyTuple_GetItem(operands, i), *partial = PyTuple_GetItem(partials, i);
        if (is_node(operand) ? !PyFloat_CheckExact(partial) : !PyFloat_CheckExact(operand) || partial != Py_None)
            return 0;
    }
    return 1;
}

/* Put operands and partials into a node that has none. */
static int put(Node *node, PyObject *operands, PyObject *partials) {
    if (!fits(operands, partials)) {
        Py_INCREF(operands);
        Py_INCREF(partials);
        node->in.box.operands = operands;
        node->in.box.partials = partials;
        node->form = BOXED;
        return 0;
    }
    Py_ssize_t count = PyTuple_Size(operands);
    Edge *edge = make_room(node, count);
    if (!edge)
        return -1;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *operand = PyTuple_GetItem(operands, i);
        Operand read_as = {NULL, 0.0};
        if (is_node(operand))
            read_as.node = (Node *)operand;
        else
            read_as.number = PyFloat_AsDouble(operand);
        edge[i] = edge_to(read_as, read_as.node ? PyFloat_AsDouble(PyTuple_GetItem(partials, i)) : 0.0);
    }
    node->count = (uint32_t)count;
    return 0;
}

static PyObject *node_fill(Node *node, PyObject *args) {
    PyObject *op, *operands, *partials;
    if (!PyArg_ParseTuple(args, "OO!O:fill", &op, &PyTuple_Type, &operands, &partials))
        return NULL;
    /* What it had goes last: that may run Python code, which must find a whole node. */
    Node was = *node;
    node->count = 0;
    node->form = INLINE;
    if (put(node, operands, partials)) {
        node->count = was.count;
        node->form = was.form;
        node->in = was.in;
        return NULL;
    }
    node->op = op == Py_None ? NULL : op;
    Py_XINCREF(node->op);
    Py_XDECREF(was.op);
    empty(&was);
    Py_RETURN_NONE;
}

static PyObject *node_filled(PyObject *type, PyObject *args) {
    PyObject *op, *operands, *partials;
    double data;
    if (!PyArg_ParseTuple(args, "dOO!O:filled", &data, &op, &PyTuple_Type, &operands, &partials))
        return NULL;
    if (op == Py_None)
        op = NULL;
    Node *node;
    if ((PyTypeObject *)type == Value) {
        int plain = fits(operands, partials);
        for (Py_ssize_t i = 0; plain && i < PyTuple_Size(operands); i++) {
            PyObject *operand = PyTuple_GetItem(operands, i);
            plain = !is_node(operand) || ((Node *)operand)->plain;
        }
        node = new_node(op, data, plain);
        if (node && !plain)
            PyObject_GC_Track(node);
    } else {
        allocfunc alloc = (allocfunc)PyType_GetSlot((PyTypeObject *)type, Py_tp_alloc);
        node = (Node *)alloc((PyTypeObject *)type, 0); /* tracked, and all zero */
        if (node) {
            node->data = data;
            Py_XINCREF(op);
            node->op = op;
        }
    }
    if (node && put(node, operands, partials)) {
        Py_DECREF(node);
        return NULL;
    }
    return (PyObject *)node;
}

static PyObject *node_new(PyTypeObject *type, PyObject *args, PyObject *named) {
    /* Children come with a `_backward`, whose closure refers to the node as a rule: a cycle. */
    if (type == Value && PyTuple_Size(args) < 2 && !(named && PyDict_GetItemString(named, "_children")))
        return (PyObject *)new_node(NULL, 0.0, 1);
    allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    return alloc(type, 0);
}

/* ---------------------------------------------------------------- what Python sees of a node */

static PyObject *get_operands(Node *node, void *nothing) {
    if (node->form == BOXED) {
        Py_INCREF(node->in.box.operands);
        return node->in.box.operands;
    }
    PyObject *operands = PyTuple_New(node->count);
    for (uint32_t i = 0; operands && i < node->count; i++) {
        Edge edge = edges(node)[i];
        PyObject *operand = (PyObject *)edge.node;
        Py_XINCREF(operand);
        if (!operand)
            operand = PyFloat_FromDouble(edge.number);
        if (!operand)
            Py_CLEAR(operands);
        else
            PyTuple_SetItem(operands, i, operand);
    }
    return operands;
}

static PyObject *get_partials(Node *node, void *nothing) {
    if (node->form == BOXED && !is_by_hand(node)) {
        Py_INCREF(node->in.box.partials);
        return node->in.box.partials;
    }
    Py_ssize_t count = node->form == BOXED ? PyTuple_Size(node->in.box.operands) : node->count;
    PyObject *partials = PyTuple_New(count);
    for (Py_ssize_t i = 0; partials && i < count; i++) {
        PyObject *partial = Py_None;
        if (node->form != BOXED && edges(node)[i].node)
            partial = PyFloat_FromDouble(edges(node)[i].number);
        else
            Py_INCREF(partial);
        if (!partial)
            Py_CLEAR(partials);
        else
            PyTuple_SetItem(partials, i, partial);
    }
    return partials;
}

static inline int has_operands(Node *node) {
    return node->count || node->form == BOXED;
}

static PyObject *get_is_leaf(Node *node, void *nothing) {
    return PyBool_FromLong(!has_operands(node));
}

static PyObject *get_is_by_hand(Node *node, void *nothing) {
    return PyBool_FromLong(is_by_hand(node));
}

static PyObject *get_own_backward(Node *node, void *nothing) {
    PyObject *function = is_by_hand(node) ? node->in.box.partials : Py_None;
    Py_INCREF(function);
    return function;
}

/* `which` is 0 for the label, 1 for the scope. Most nodes have neither. */
static PyObject *get_name(Node *node, void *which) {
    PyObject *name = PyTuple_GetItem(node->names ? node->names : unnamed, (intptr_t)which);
    Py_XINCREF(name);
    return name;
}

static int set_name(Node *node, PyObject *name, void *which) {
    if (!name) {
        PyErr_SetString(PyExc_AttributeError, "a node's label and scope can be changed, not deleted");
        return -1;
    }
    PyObject *before = node->names, *now = before ? before : unnamed;
    if (!before && name == PyTuple_GetItem(now, (intptr_t)which))
        return 0;
    now = which ? PyTuple_Pack(2, PyTuple_GetItem(now, 0), name) : PyTuple_Pack(2, name, PyTuple_GetItem(now, 1));
    if (!now)
        return -1;
    node->names = now;
    Py_XDECREF(before);
    return 0;
}

/* ---------------------------------------------------------------- order */

typedef struct {
    Node **nodes;
    size_t count, room;
} List;

static inline int append(List *list, Node *node) {
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 1024;
        Node **nodes = PyMem_Realloc(list->nodes, room * sizeof(Node *));
        if (!nodes) {
            PyErr_NoMemory();
            return -1;
        }
        list->nodes = nodes;
        list->room = room;
    }
    list->nodes[list->count++] = node;
    return 0;
}

/* On the stack, a node whose operands are all above it has the lowest bit of its address set. */
static inline Node *waits_for_operands(Node *node) {
    return (Node *)((uintptr_t)node | 1);
}

static inline Node *address(Node *entry) {
    return (Node *)((uintptr_t)entry & ~(uintptr_t)1);
}

static int push_operands(List *stack, Node *node) {
    if (node->form == BOXED) {
        for (Py_ssize_t i = PyTuple_Size(node->in.box.operands) - 1; i >= 0; i--) {
            PyObject *operand = PyTuple_GetItem(node->in.box.operands, i);
            if (is_node(operand) && !((Node *)operand)->marked && append(stack, (Node *)operand))
                return -1;
        }
        return 0;
    }
    Edge *edge = edges(node);
    for (uint32_t i = node->count; i-- > 0;)
        if (edge[i].node && !edge[i].node->marked && append(stack, edge[i].node))
            return -1;
    return 0;
}

/* The same order as that of graph.topological_order. The references are borrowed. */
static int order_of(List *order, PyObject *const *roots, Py_ssize_t count) {
    List stack = {NULL, 0, 0};
    int failed = 0;
    for (Py_ssize_t i = count; i-- > 0 && !failed;)
        failed = append(&stack, (Node *)roots[i]);
    while (stack.count && !failed) {
        Node *entry = stack.nodes[--stack.count], *node = address(entry);
        if (entry != node) {
            failed = append(order, node);
            if (failed)
                node->marked = 0;
        } else if (!node->marked) {
            stack.count++; /* it stays, and waits */
            node->marked = 1;
            stack.nodes[stack.count - 1] = waits_for_operands(node);
            failed = push_operands(&stack, node);
        }
    }
    for (size_t i = 0; i < order->count; i++)
        order->nodes[i]->marked = 0;
    for (size_t i = 0; i < stack.count; i++) /* only where memory ran out */
        address(stack.nodes[i])->marked = 0;
    PyMem_Free(stack.nodes);
    return failed;
}

static int are_nodes(PyObject *const *things, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++)
        if (!is_node(things[i])) {
            PyErr_Format(PyExc_TypeError, "a graph is made of Values, got %R", (PyObject *)Py_TYPE(things[i]));
            return 0;
        }
    return 1;
}

static PyObject *core_topological_order(PyObject *module, PyObject *const *roots, Py_ssize_t count) {
    List order = {NULL, 0, 0};
    if (!are_nodes(roots, count))
        return NULL;
    PyObject *found = order_of(&order, roots, count) ? NULL : PyList_New((Py_ssize_t)order.count);
    for (size_t i = 0; found && i < order.count; i++) {
        Py_INCREF(object(order.nodes[i]));
        PyList_SetItem(found, (Py_ssize_t)i, (PyObject *)order.nodes[i]);
    }
    PyMem_Free(order.nodes);
    return found;
}

/* ---------------------------------------------------------------- the backward pass */

/* A boxed node, and so Python code: the caller holds the node. */
static int pass_on_boxed(Node *node) {
    PyObject *operands = node->in.box.operands, *partials = node->in.box.partials;
    int failed = 0;
    Py_INCREF(operands);
    Py_INCREF(partials);
    if (!PyTuple_CheckExact(partials)) {
        PyObject *answer = PyObject_CallFunctionObjArgs(partials, NULL);
        failed = answer ? 0 : -1;
        Py_XDECREF(answer);
    } else {
        for (Py_ssize_t i = 0; !failed && i < PyTuple_Size(operands); i++) {
            PyObject *operand = PyTuple_GetItem(operands, i), *partial = PyTuple_GetItem(partials, i);
            if (!partial)
                failed = -1;
            else if (is_node(operand) && partial != Py_None) {
                double number = PyFloat_AsDouble(partial);
                failed = number == -1.0 && PyErr_Occurred() ? -1 : 0;
                if (!failed)
                    ((Node *)operand)->grad += node->grad * number;
            }
        }
    }
    Py_DECREF(operands);
    Py_DECREF(partials);
    return failed;
}

static inline int pass_on(Node *node) {
    if (node->form == BOXED)
        return pass_on_boxed(node);
    double upstream = node->grad;
    Edge *edge = edges(node);
    for (uint32_t i = 0; i < node->count; i++)
        if (edge[i].node)
            edge[i].node->grad += upstream * edge[i].number;
    return 0;
}

static PyObject *node_pass_on(Node *node, PyObject *nothing) {
    if (pass_on(node))
        return NULL;
    Py_RETURN_NONE;
}

/* Whether all nodes made by hand know how to pass on; their own method raises where one does not. */
static int check_by_hand(List *order) {
    for (size_t i = 0; i < order->count; i++)
        if (is_by_hand(order->nodes[i])) {
            PyObject *answer = PyObject_CallMethodObjArgs(object(order->nodes[i]), names_of[CHECK], NULL);
            if (!answer)
                return -1;
            Py_DECREF(answer);
        }
    return 0;
}

static PyObject *core_backward(PyObject *module, PyObject *root) {
    List order = {NULL, 0, 0};
    if (!are_nodes(&root, 1))
        return NULL;
    int failed = order_of(&order, &root, 1), any_boxed = 0;
    for (size_t i = 0; i < order.count; i++)
        any_boxed |= order.nodes[i]->form == BOXED;
    if (any_boxed) /* somebody's code may drop nodes meanwhile */
        for (size_t i = 0; i < order.count; i++)
            Py_INCREF(object(order.nodes[i]));
    if (!failed && any_boxed)
        failed = check_by_hand(&order);
    if (!failed) {
        for (size_t i = 0; i < order.count; i++)
            if (has_operands(order.nodes[i]))
                order.nodes[i]->grad = 0.0;
        ((Node *)root)->grad += 1.0;
        for (size_t i = order.count; i-- > 0 && !failed;)
            failed = pass_on(order.nodes[i]);
    }
    if (any_boxed)
        for (size_t i = 0; i < order.count; i++)
            Py_DECREF(object(order.nodes[i]));
    PyMem_Free(order.nodes);
    if (failed)
        return NULL;
    Py_RETURN_NONE;
}

/* ---------------------------------------------------------------- what the Python side brings */

static PyObject *core_introduce(PyObject *module, PyObject *op) {
    PyObject *name = PyObject_GetAttrString(op, "name");
    if (!name)
        return NULL;
    for (int i = 0; i < OPS; i++)
        if (PyUnicode_CompareWithASCIIString(name, NAMES[i]) == 0) {
            PyObject *before = op_of[i];
            Py_INCREF(op);
            op_of[i] = op;
            Py_XDECREF(before);
            Py_DECREF(name);
            Py_RETURN_NONE;
        }
    PyErr_Format(PyExc_ValueError, "the compiled core has no formula of %R", name);
    Py_DECREF(name);
    return NULL;
}

static PyObject *core_tell(PyObject *module, PyObject *args) {
    PyObject *who, *files, *before = present;
    if (!PyArg_ParseTuple(args, "OO!:tell", &who, &PyTuple_Type, &files))
        return NULL;
    Py_INCREF(files);
    Py_XDECREF(ours);
    ours = files;
    present = who == Py_None ? NULL : who;
    Py_XINCREF(present);
    Py_XDECREF(before);
    Py_RETURN_NONE;
}

static PyObject *core_watched(PyObject *module, PyObject *node) {
    if (present && tell_watchers(node))
        return NULL;
    Py_INCREF(node);
    return node;
}

/* ---------------------------------------------------------------- type and module */

static PyMemberDef node_members[] = {
    {"_data", T_DOUBLE, offsetof(Node, data), 0, NULL},
    {"_grad", T_DOUBLE, offsetof(Node, grad), 0, NULL},
    {"op", T_OBJECT, offsetof(Node, op), 0, NULL},
    {"__weaklistoffset__", T_PYSSIZET, offsetof(Node, weakrefs), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyGetSetDef node_getset[] = {
    {"operands", (getter)get_operands, NULL,
     "What the op was applied to, one entry per slot: nodes, and plain numbers as they were written.", NULL},
    {"partials", (getter)get_partials, NULL,
     "The local derivative of each operand, computed in the forward pass; None for a plain number.\n\n"
     "A node made by hand does not know them: all None.",
     NULL},
    {"is_leaf", (getter)get_is_leaf, NULL, "Whether the number was given, not computed from others.", NULL},
    {"is_by_hand", (getter)get_is_by_hand, NULL,
     "Whether the node was made in micrograd's way, with a `_backward` of its own and no known formula.", NULL},
    {"own_backward", (getter)get_own_backward, NULL,
     "The `_backward` of a node made by hand; None until it is set, and for any other node.", NULL},
    {"label", (getter)get_name, (setter)set_name, NULL, (void *)0},
    {"_scope", (getter)get_name, (setter)set_name, NULL, (void *)1},
    {NULL, NULL, NULL, NULL, NULL},
};

/* The first line is the signature; what follows is what the Python core says. */
static PyMethodDef node_methods[] = {
    {"fill", (PyCFunction)node_fill, METH_VARARGS,
     "fill($self, op, operands, partials, /)\n--\n\nPut operands and their local derivatives where they belong."},
    {"filled", (PyCFunction)node_filled, METH_VARARGS | METH_CLASS,
     "filled($type, data, op, operands, partials, /)\n--\n\nA new node from its parts."},
    {"pass_on", (PyCFunction)node_pass_on, METH_NOARGS,
     "pass_on($self, /)\n--\n\n"
     "One step of the chain rule: add upstream gradient × local derivative to every operand's gradient."},
    {"exp", node_exp, METH_NOARGS,
     "exp($self, /)\n--\n\neˣ: the function that is its own derivative. Too large a result is inf."},
    {"log", node_log, METH_NOARGS,
     "log($self, /)\n--\n\nNatural logarithm. log(0) is −inf with gradient inf; of a negative number nan."},
    {"tanh", node_tanh, METH_NOARGS,
     "tanh($self, /)\n--\n\n"
     "Hyperbolic tangent: squeezes any number into (−1, 1), with zero mean. 2·sigmoid(2x) − 1."},
    {"sigmoid", node_sigmoid, METH_NOARGS,
     "sigmoid($self, /)\n--\n\nLogistic sigmoid: squeezes any number into (0, 1). Its slope is never above 1/4."},
    {"relu", node_relu, METH_NOARGS,
     "relu($self, /)\n--\n\nRectifier: 0 for negative operands. At the kink the partial is 0."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot node_slots[] = {
    {Py_tp_new, node_new},
    {Py_tp_dealloc, node_dealloc},
    {Py_tp_is_gc, node_is_gc},
    {Py_tp_traverse, node_traverse},
    {Py_tp_clear, node_clear},
    {Py_tp_free, release}, /* not that of a Python class, so that `v.__class__ = Other` is refused */
    {Py_tp_members, node_members},
    {Py_tp_getset, node_getset},
    {Py_tp_methods, node_methods},
    {Py_nb_add, node_add},
    {Py_nb_subtract, node_sub},
    {Py_nb_multiply, node_mul},
    {Py_nb_true_divide, node_div},
    {Py_nb_power, node_pow},
    {Py_nb_negative, node_neg},
    {0, NULL},
};

static PyType_Spec node_spec = {
    "autograd.value.Value",
    sizeof(Node),
    0,
    Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    node_slots,
};

static PyMethodDef core_methods[] = {
    {"topological_order", (PyCFunction)(void (*)(void))core_topological_order, METH_FASTCALL, NULL},
    {"backward", core_backward, METH_O, NULL},
    {"sum", (PyCFunction)(void (*)(void))core_sum, METH_FASTCALL, NULL},
    {"dot", (PyCFunction)(void (*)(void))core_dot, METH_FASTCALL, NULL},
    {"introduce", core_introduce, METH_O, NULL},
    {"tell", core_tell, METH_VARARGS, NULL},
    {"watched", core_watched, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef core_module = {
    PyModuleDef_HEAD_INIT, "autograd._core", "The compiled core; see core.py.", -1, core_methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__core(void) {
    PyObject *module = PyModule_Create(&core_module), *numbers = PyImport_ImportModule("numbers");
    PyObject *name = PyUnicode_FromString("Value"); /* without the module in Python's own messages */
    int known = 1;
    for (int i = 0; i < ATTRIBUTES; i++)
        known &= !!(names_of[i] = PyUnicode_InternFromString(ATTRIBUTE[i]));
    unnamed = Py_BuildValue("(s())", "");
    Real = numbers ? PyObject_GetAttrString(numbers, "Real") : NULL;
    Value = (PyTypeObject *)PyType_FromSpec(&node_spec);
    if (!module || !name || !known || !unnamed || !Real || !Value || PyObject_SetAttrString((PyObject *)Value, "__name__", name)
        || PyModule_AddObjectRef(module, "Value", (PyObject *)Value))
        Py_CLEAR(module);
    Py_XDECREF(numbers);
    Py_XDECREF(name);
    return module;
}
