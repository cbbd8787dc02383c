"""Small derivative programs as a machine writes them: (text, arguments, the user's variables)."""

from __future__ import annotations

from typing import Any

import numpy as np

A5 = np.array([0.3, -1.2, 2.0, 0.7, 1.1])
M23 = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])

PROGRAMS: dict[str, tuple[str, tuple[Any, ...], str]] = {
    "read, then overwrite": (
        """
        def f(x, i):
            t = x[i]                #: y = x[i]
            x[i] = 0.0
            t1 = t / 3.0
            y = t1 + x[i]
            return y, x
        """,
        (A5, 2),
        "y",
    ),
    "two names for one array": (
        """
        def f(x):
            y = x                   #: y = x
            t = x[0]                #: z = x[0] * 2
            y[0] = 5.0              #: y[0] = 5.0
            z = t * 2.0
            return z, x
        """,
        (A5,),
        "y z",
    ),
    "store through a view": (
        """
        def f(x):
            v = x[1:3]              #: v = x[1:3]
            t = x[1] + x[2]         #: s = x[1] + x[2]
            v[0] = 9.0              #: v[0] = 9.0
            s = t * 1.0
            return s, x
        """,
        (A5,),
        "v s",
    ),
    "dead stores": (
        """
        def f(x, n):
            w = np.zeros(n)         #: w = np.zeros(n)
            v = w[1:]
            for i in range(n):      #: for i in range(n):
                w[i] = x[i] * 2.0
            v[0] += 1.0
            s = x[0]                #: s = x[0]
            return s
        """,
        (A5, 5),
        "w v i s",
    ),
    "live store through a view": (
        """
        def f(x, n):
            w = np.zeros(n)         #: w = np.zeros(n)
            v = w[1:]
            v[0] += x[1]
            s = np.sum(w)           #: s = np.sum(w)
            return s
        """,
        (A5, 5),
        "w v s",
    ),
    "redefined in the loop after the use": (
        """
        def f(x, n):
            a = x                   #: a = x
            s = 0.0
            for i in range(n):      #: for i in range(n):
                t = a               #: s = s + a
                s = s + t
                t1 = a * 1.5        #: a = a * 1.5
                a = t1
            return s, a
        """,
        (0.4, 4),
        "a s i",
    ),
    "copy that outlives its source": (
        """
        def f(x, n):
            for i in range(n):      #: for i in range(n):
                t = x               #: x, y = x + 1, x
                x = x + 1.0
                y = t
            return x, y
        """,
        (0.4, 4),
        "y i",
    ),
    "swap": (
        """
        def f(x, y, n):
            for i in range(n):      #: for i in range(n):
                t = y               #: x, y = y, x
                t1 = x
                x = t
                y = t1
            return x, y
        """,
        (0.4, 1.5, 3),
        "i",
    ),
    "swap of arrays": (
        """
        def f(u, v, n):
            for i in range(n):      #: for i in range(n):
                v[1:-1] = u[2:] + u[:-2]    #: v[1:-1] = u[2:] + u[:-2]
                t = v               #: u, v = v, u
                t1 = u
                u = t
                v = t1
            return u, v
        """,
        (A5, A5 * 2.0, 3),
        "i",
    ),
    "expensive before a loop": (
        """
        def f(x, n):
            t = math.exp(x)         #: s = math.exp(x)
            t1 = n - 1              #: for i in range(n - 1):
            s = 0.0
            for i in range(t1):
                s += t
                n = n + 1
            return s, n
        """,
        (0.4, 4),
        "s i",
    ),
    "index changes in the loop": (
        """
        def f(x, i):
            t = i - 1               #: t = i - 1
            s = 0.0
            while i < 4:            #: while i < 4:
                s += x[t]
                i = i + 1
            return s + x[t]
        """,
        (A5, 1),
        "s",
    ),
    "while test": (
        """
        def f(x):
            t = x * 2.0             #: while x * 2.0 < 9.0:
            c = t < 9.0
            while c:
                x = x * 1.5         #: x = x * 1.5
                t = x * 2.0         #: while x * 2.0 < 9.0:
                c = t < 9.0
            return x
        """,
        (0.4,),
        "",
    ),
    "while with break": (
        """
        def f(x):
            c = x < 9.0             #: while x < 9.0:
            while c:
                x = x * 1.5         #: x = x * 1.5
                stop = x > 4.0      #: if x > 4.0:
                c = x < 9.0         #: while x < 9.0:
                if stop:
                    break
            return x
        """,
        (0.4,),
        "stop",
    ),
    "dead branch": (
        """
        def f(x):
            c = x > 0.0             #: if x > 0:
            if c:
                y = x * 2.0         #: y = x * 2.0
            else:
                x = x + 1.0         #: x = x + 1
            return x
        """,
        (-0.4,),
        "y",
    ),
    "negated test": (
        """
        def f(x):
            done = x > 0.0          #: if x > 0:
            t = not done
            if t:
                x = x + 1.0         #: x = x + 1
            return x
        """,
        (-0.4,),
        "",
    ),
    "effects in order": (
        """
        def f(x):
            t = x * 2.0             #: log(x * 2)
            log(t)
            x = x + 1.0
            y = x * 3.0             #: y = x * 3
            log(y)
            z = y * 2.0             #: z = y * 2
            return x
        """,
        (0.4,),
        "y z",
    ),
    "tape in nested loops": (
        """
        def f(x, n):
            x_tape = []             #: for i in range(n):
            for i in range(n):
                for j in range(i):  #: for j in range(i):
                    x_tape.append(x)
                    t = x * x       #: x = x * x
                    x = t
            bx = 1.0                #~ return x
            for i in reversed(range(n)):    #~ for i in range(n):
                for j in reversed(range(i)):    #~ for j in range(i):
                    x = x_tape.pop()    #~ x = x * x
                    bt = bx
                    bx = 0.0
                    bx += bt * x
                    bx += bt * x
            return bx
        """,
        (0.9, 3),
        "i j",
    ),
    "tape of which one pop is dead": (
        """
        def f(x, y):
            tape = []               #: x = x * y
            tape.append(x)
            x = x * y
            tape.append(x)
            x = x + y
            x = tape.pop()          #~ x = x + y
            x = tape.pop()          #~ x = x * y
            by = x * 2.0
            return by
        """,
        (0.9, 3.0),
        "",
    ),
    "branches with a tape": (
        """
        def f(x, n):
            c_tape = []             #: for i in range(n):
            x_tape = []
            for i in range(n):
                c = x > 1.0         #: if x > 1.0:
                if c:
                    x_tape.append(x)
                    x = x * 0.5     #: x = x * 0.5
                else:
                    x = x + 0.7     #: x = x + 0.7
                c_tape.append(c)
            bx = 1.0                #~ return x
            for i in reversed(range(n)):    #~ for i in range(n):
                c = c_tape.pop()    #~ if x > 1.0:
                if c:
                    x = x_tape.pop()    #~ x = x * 0.5
                    bt = bx
                    bx = 0.0
                    bx += bt * 0.5
                else:
                    x = x - 0.7     #~ x = x + 0.7
            return bx
        """,
        (0.9, 4),
        "i c",
    ),
    "array cotangents": (
        """
        def f(W, x, y, bf=1.0):
            t = W @ x               #: return np.sum((W @ x - y) ** 2)
            t1 = t - y
            t2 = t1 ** 2
            f = np.sum(t2)
            bW = np.zeros_like(W)   #~ return np.sum((W @ x - y) ** 2)
            bx = np.zeros_like(x)
            by = np.zeros_like(y)
            bt2 = np.broadcast_to(bf, t2.shape)
            bt1 = bt2 * 2 * t1 ** (2 - 1)
            bt = bt1
            by += -bt1
            bW += np.outer(bt, x)
            bx += W.T @ bt
            return (bW, bx, by)
        """,
        (M23, A5[:3], A5[3:]),
        "f",
    ),
    "in-place cotangent with an alias": (
        """
        def f(x, bf):
            by = bf * x             #~ y = x + x
            bx = by
            bx2 = by * 2.0
            bx += bx2
            s = np.sum(by)
            return (bx, s)
        """,
        (A5, 1.5),
        "",
    ),
    "zeros that are read in between": (
        """
        def f(x, bf):
            bx = np.zeros_like(x)   #~ y = x * x
            s = np.sum(bx)
            bx += bf * x
            return (bx, s)
        """,
        (A5, 1.5),
        "s",
    ),
    "zeros that broadcast": (
        """
        def f(M, x):
            bM = np.zeros_like(M)   #~ y = M * x
            bM += x
            bx = np.zeros_like(x)
            bx += x
            bx += x * x
            return (bM, bx)
        """,
        (M23, A5[:3]),
        "",
    ),
    "repeated indices": (
        """
        def f(x, k, bf):
            t = x[k]                #: s = np.sum(x[k] * x[k])
            t1 = t * t
            s = np.sum(t1)
            bx = np.zeros_like(x)   #~ s = np.sum(x[k] * x[k])
            bt1 = np.full(t1.shape, bf)
            bt = bt1 * t
            bt += bt1 * t
            np.add.at(bx, k, bt)
            return (s, bx)
        """,
        (A5, np.array([1, 1, 3]), 0.5),
        "s",
    ),
    "index array changed in place": (
        """
        def f(x, k):
            t = x[k]                #: y = x[k]
            k[0] = 0                #: k[0] = 0
            y = t + 1.0
            return (y, k)
        """,
        (A5, np.array([1, 1, 3])),
        "y",
    ),
    "flags at the end of a loop": (
        """
        def f(x, n):
            done = False            #: for i in range(n):
            for i in range(n):
                x = x * 1.5         #: x = x * 1.5
                t = x > 1.0         #: if x > 1.0: break
                if t:
                    done = True
                if done:
                    break
            t1 = not done           #: else: x = 0.0
            if t1:
                x = 0.0
            return x
        """,
        (0.5, 9),
        "i",
    ),
    "copy before an early end": (
        """
        def f(x, n):
            y = 0.0                 #: y = 0.0
            for i in range(n):      #: for i in range(n):
                t = y + x           #: t = y + x
                stop = t > 1.0
                y = t * 1.0
                if stop:
                    break
            return y
        """,
        (0.5, 9),
        "i y",
    ),
    "raise": (
        """
        def f(x):
            c = x < 0.0             #: if x < 0:
            if c:
                t = "negative"      #: raise ValueError("negative")
                raise ValueError(t)
            y = x * 2.0             #: y = x * 2
            z = math.sqrt(y)        #: z = math.sqrt(y)
            return y
        """,
        (0.5,),
        "y z",
    ),
    "a list of the user": (
        """
        def f(x, n):
            xs = []                 #: xs = []
            for i in range(n):      #: for i in range(n):
                t = x * i           #: xs.append(x * i)
                xs.append(t)
            t1 = len(xs)            #: m = len(xs) + xs.pop()
            t2 = xs.pop()
            m = t1 + t2
            t3 = len(xs)            #: return m + len(xs)
            return m + t3
        """,
        (0.5, 4),
        "xs i m",
    ),
    "order of calls": (
        """
        def f(x):
            xs = [x, x * 2.0, x * 3.0]  #: xs = [x, 2 * x, 3 * x]
            t = xs.pop()            #: y = xs.pop() - xs.pop()
            t1 = xs.pop()
            y = t - t1
            t2 = xs[0]              #: z = xs[0] + 1
            xs[0] = 7.0
            z = t2 + 1.0
            return (y, z, xs)
        """,
        (0.5,),
        "xs y z",
    ),
    "a definition in each branch": (
        """
        def f(x):
            c = x > 1.0             #: y = x if x > 1 else -x
            if c:
                t = x * 2.0
            else:
                t = -x
            y = t
            t = y * y               #: return y * y
            return t
        """,
        (0.5,),
        "y",
    ),
    "a temporary carried round the loop": (
        """
        def f(x, n):
            t = x                   #: t = x
            for i in range(n):      #: for i in range(n):
                y = t * 2.0         #: y = t * 2
                t = y + 1.0
            return t
        """,
        (0.5, 3),
        "i y",
    ),
    "products": (
        """
        def f(x, y, s, bf):
            ba = -bf * (2.0 * s) * 0.5      #~ z = a
            bx = ba * x * 3.0 * s
            by = np.zeros_like(y)
            by += -(x * bf * s) / 2 * 4.0
            by -= -y * 1.0
            bs = 0.0
            bs += 1.1 * (bf * 1.1) / 3.0
            bs += -(1 / s) * 1
            t = 3 * s ** (2 - 1) ** 1.0
            bs += t
            return (bx, by, bs, bf + -bs)
        """,
        (A5, A5 * 2.0, 0.7, 1.3),
        "",
    ),
}
