"""Style: the sheet of a search's page, in the colours of JupyterLab's theme; narrow pages have the list first."""

SHEET = """
.greenlatent-search {
  container-type: inline-size;
  gap: 8px;
  overflow: visible;
}

.greenlatent-search .jupyter-widgets {
  overflow: visible;
}

.greenlatent-search .widget-html-content {
  line-height: 1.5;
  white-space: normal;
}

.greenlatent-search h4,
.greenlatent-search p {
  margin: 6px 0 2px;
}

.greenlatent-search ul {
  margin: 0;
  padding-left: 18px;
}

.greenlatent-search-top,
.greenlatent-search-band,
.greenlatent-search-row,
.greenlatent-search-buttons,
.greenlatent-search-pictures {
  flex-wrap: wrap;
  align-items: center;
  gap: 2px 10px;
}

.greenlatent-search-budget {
  flex: 1 1 320px;
  min-width: 0;
}

.greenlatent-search-budget [role="progressbar"] {
  overflow: hidden;
  height: 8px;
  border-radius: 4px;
  background: var(--jp-layout-color3, #8884);
}

.greenlatent-search-budget [role="progressbar"] > div {
  height: 100%;
  background: var(--jp-brand-color1, #1976d2);
}

.greenlatent-search-pictures {
  align-items: flex-start;
}

.greenlatent-search-axes {
  flex: 3 1 640px;
  min-width: 0;
}

.greenlatent-search-front {
  flex: 1 1 300px;
  min-width: 0;
}

/* Where candidates are dear and poor; what is accurate and cheap must be seen. */
.greenlatent-search-front .greenlatent-tools {
  inset: auto 8px 8px auto;
}

.greenlatent-search-row {
  border-top: 1px solid var(--jp-border-color2, #8886);
}

.greenlatent-search-row > .widget-html {
  flex: 1 1 300px;
  min-width: 0;
}

.greenlatent-search-row .widget-html-content {
  display: flex;
  flex-wrap: wrap;
  align-items: baseline;
  gap: 0 10px;
}

.greenlatent-search-row span,
.greenlatent-search-row b {
  min-width: 9ch;
}

.greenlatent-search-row span:first-child {
  min-width: 3ch;
  text-align: right;
}

.greenlatent-search-row b {
  min-width: 6ch;
}

.greenlatent-search-row span:nth-child(4) {
  min-width: 16ch;
}

.greenlatent-search small {
  color: var(--jp-ui-font-color1, inherit);
}

@container (max-width: 600px) {
  .greenlatent-search-pictures {
    order: 1;
  }

  .greenlatent-search-foot {
    order: 2;
  }
}
"""
