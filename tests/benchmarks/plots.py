"""The plots that are compared, inside a kernel: ours, the peer's, and the least that a WebGL2 widget can be."""

import gc
from typing import Any

import anywidget
import numpy as np
import traitlets
from IPython.display import display

from greenlatent import Scatter  # loaded before anything is measured, as the peer is

try:
    import jscatter
except ImportError:
    jscatter = None

plot: Any = None


def cloud(n: int, side: int) -> np.ndarray:
    """Two corners hold the camera still, the others are in the left (-1) or in the right half (1)."""
    points = np.random.default_rng(0).uniform((-0.9, -0.9), (-0.1, 0.9), (n, 2)).astype("f4")
    points[:, 0] *= -side
    points[:2] = (-1, -1), (1, 1)
    return points


def show(kind: str, points: np.ndarray) -> None:
    global plot
    if kind == "peer":
        plot = jscatter.Scatter(x=points[:, 0], y=points[:, 1], height=420, axes=False)
        plot.size(2.5 if len(points) > 200_000 else 3)  # ours are that large, and about as dark
        plot.opacity(0.5)
        plot.options(transition_points=False)
        display(plot.show())
    else:
        plot = Scatter(points) if kind == "ours" else Bare(points)
        display(plot)


def replace(kind: str, points: np.ndarray) -> None:
    if kind == "ours":
        plot.points = points
    elif kind == "peer":
        plot.xy(points[:, 0], points[:, 1], animate=False)
    else:
        plot.replace(points)


def flood(count: int) -> None:
    """So many updates of our plot as fast as can be; the last one alone has its points at the right."""
    a = cloud(10_000, -1)
    b = a * 0.99
    for k in range(count - 1):
        plot.points = a if k % 2 else b
    plot.points = cloud(10_000, 1)


def close() -> None:
    global plot
    (plot.widget if hasattr(plot, "widget") else plot).close()
    plot = None
    gc.collect()


class Bare(anywidget.AnyWidget):
    """Positions in, points out: what a picture costs without anything else."""

    _esm = """
    const VERTEX = `#version 300 es
    in vec2 at; void main() { gl_Position = vec4(at, 0, 1); gl_PointSize = 2.5; }`;
    const FRAGMENT = `#version 300 es
    precision mediump float; out vec4 c; void main() { c = vec4(0, 0.2, 0.35, 0.5); }`;
    export default { render({ model, el }) {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [el.clientWidth || 900, 420];
      el.append(canvas);
      const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
      const program = gl.createProgram();
      for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
        const shader = gl.createShader(kind);
        gl.shaderSource(shader, source); gl.compileShader(shader); gl.attachShader(program, shader);
      }
      gl.linkProgram(program); gl.useProgram(program);
      gl.enable(gl.BLEND); gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
      gl.enableVertexAttribArray(0); gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
      const draw = () => {
        const view = model.get("points");
        gl.bufferData(gl.ARRAY_BUFFER, view, gl.DYNAMIC_DRAW);
        gl.clear(gl.COLOR_BUFFER_BIT); gl.drawArrays(gl.POINTS, 0, view.byteLength / 8);
      };
      model.on("change:points", () => requestAnimationFrame(draw));
      draw();
    } };
    """
    points = traitlets.Bytes().tag(sync=True)

    def __init__(self, points: np.ndarray) -> None:
        super().__init__(points=(points * 0.9).astype("<f4").tobytes())

    def replace(self, points: np.ndarray) -> None:
        self.points = (points * 0.9).astype("<f4").tobytes()
