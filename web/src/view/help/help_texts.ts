/** What every control and every color means, card by card. */

export interface HelpEntry {
  /** The name of a control as on the page, or what is seen. */
  readonly name: string;
  readonly text: string;
  readonly formula?: string;
  /** A color of the style sheet that it explains. */
  readonly color?: string;
}

const POSITIVE = "--positive";
const NEGATIVE = "--negative";

export const HELP: Readonly<Record<string, readonly HelpEntry[]>> = {
  transport: [
    {
      name: "Play, Pause",
      text: "Trains epoch after epoch until you pause. Alt+P does the same from anywhere.",
    },
    {
      name: "Rewind to the initial weights",
      text: "Returns to epoch 0 with exactly the weights of the start.",
    },
    { name: "One update", text: "One batch of rows, one step of the weights." },
    { name: "One epoch", text: "Every training row once, batch after batch." },
    { name: "Speed", text: "Epochs per second. It changes what you see, not what is learned." },
    {
      name: "Learning rate",
      text: "How far each update moves the weights against the gradient. It may change during training.",
      formula: "w ← w − η · ∂J/∂w",
    },
    {
      name: "Training loss",
      text: "J, the mean error on the training rows, with the penalties of L1 and L2. The optimizer lowers it.",
    },
    {
      name: "Validation loss",
      text: "The mean error on rows that are not trained on, without penalties: what to expect of new rows.",
    },
    {
      name: "Validation accuracy",
      text: "The share of validation rows whose class is right; for numbers R², the share of the variance that is explained.",
      formula: "R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²",
    },
  ],
  data: [
    {
      name: "Dataset",
      text: "Points of the plane, the iris flowers, points that you draw, or your own table.",
    },
    {
      name: "Choose a file",
      text: "Reads a table. It stays on your computer or the one that runs the page.",
    },
    { name: "Noise", text: "How far points are moved at random. With much noise the classes overlap." },
    { name: "Rows", text: "How many points there are in all." },
    { name: "Data seed", text: "Another number draws other points of the same kind." },
    { name: "Validation share", text: "The share of rows that are not trained on, only measured." },
    {
      name: "Inputs",
      text: "Functions of x₁ and x₂ that the network receives. The right ones make it easy.",
    },
    { name: "Predict", text: "The column that the network learns to predict." },
    { name: "Task", text: "Whether that column is a class or a number." },
    { name: "Input columns", text: "The columns that the network may use." },
  ],
  training: [
    {
      name: "Optimizer",
      text: "How an update follows from the gradient: plain, with momentum, or with a step for each weight, as Adam.",
    },
    { name: "Learning rate schedule", text: "How the learning rate changes over the epochs." },
    {
      name: "Loss",
      text: "The error that training lowers: cross-entropy for classes, the squared error for numbers.",
      formula: "cross-entropy −log p(class), squared error (y − ŷ)²",
    },
    {
      name: "Initializer",
      text: "The size of the random weights at the start. Glorot suits tanh and sigmoid, He suits ReLU.",
      formula: "Var w = 2 / (n_in + n_out), 2 / n_in",
    },
    {
      name: "Batch size",
      text: "How many rows one update averages over. Small batches are noisy and quick.",
    },
    { name: "Seed", text: "Decides the initial weights, the order of the rows, and dropout." },
    { name: "Epochs", text: "Where training ends." },
    {
      name: "Patience",
      text: "Training stops after this many epochs without a better validation loss, and the weights of the best epoch return.",
    },
    {
      name: "Clip gradient norm at",
      text: "Shortens gradients that are longer than this.",
      formula: "g ← g · min(1, c / ‖g‖)",
    },
  ],
  network: [
    {
      name: "A unit",
      text: "Adds its weighted inputs and its bias, and applies its activation g. The picture shows its output over the input plane.",
      formula: "x = g(b + Σ wᵢ xᵢ)",
    },
    { name: "Blue", text: "A positive weight (solid line) or a positive output.", color: POSITIVE },
    { name: "Orange", text: "A negative weight (dashed line) or a negative output.", color: NEGATIVE },
    { name: "Width of a link", text: "The size of its weight. Point at a link to read it, click to set it." },
    { name: "Hidden layers, Units", text: "− and + remove and add layers, and units of a layer." },
    {
      name: "Activation",
      text: "The bend in each unit. With identity in every layer, all of them together are linear.",
      formula: "tanh z, 1 / (1 + e⁻ᶻ), max(0, z)",
    },
    { name: "All units", text: "Draws every unit of a long layer." },
    {
      name: "δ of each unit",
      text: "How much the loss of the chosen sample changes with the sum z of a unit: the error that backpropagation passes back.",
      formula: "δ = g′(z) · Σ w δ(next layer)",
    },
    {
      name: "Gradient of each layer",
      text: "A bar for the size of each layer's gradient. Where it is tiny, the layer does not learn.",
      formula: "√ mean (∂J/∂w)²",
    },
    {
      name: "Last hidden layer",
      text: "Draws the rows as the last hidden layer sees them. The boundary between two classes is a straight line there.",
    },
    { name: "● ◐ ○", text: "The activation of a unit for the chosen sample: high, medium, none." },
    { name: "Dropout", text: "The share of a layer's outputs that each update sets to zero, at random." },
    {
      name: "L1, L2",
      text: "Penalties that keep weights small; L1 drives many of them to about zero.",
      formula: "J + λ₁ Σ|w| + λ₂ Σw²",
    },
  ],
  surface: [
    {
      name: "Color of the plane",
      text: "The class that the network predicts there, pale where it is unsure; for numbers the predicted value.",
    },
    {
      name: "Orange, blue and more",
      text: "Each class has its color and its marker, here and in the confusion matrix.",
      color: "--class-0",
    },
    { name: "Black line", text: "The boundary: both classes are equally probable." },
    { name: "Filled marker", text: "A training row." },
    { name: "Hollow marker", text: "A validation row, which is not trained on." },
    { name: "Validation points", text: "Shows or hides the validation rows." },
    { name: "Predicted class only", text: "Shows the class without how sure the network is." },
    {
      name: "Axes",
      text: "Two columns, or the two principal components: the directions in which the rows spread most.",
    },
    { name: "x axis", text: "The column from left to right." },
    { name: "y axis", text: "The column from bottom to top." },
    { name: "Other columns", text: "The values of the columns that are not an axis." },
    { name: "Sample", text: "One row to follow through the network: click a point or type its number." },
    { name: "What to draw", text: "The class of the next points, or the eraser." },
  ],
  hidden: [
    {
      name: "A marker",
      text: "A row at its outputs of the last hidden layer. Training pulls the classes apart.",
    },
    {
      name: "Color of the plane",
      text: "What the output layer predicts from the hidden outputs on this plane. The boundary between two classes is a straight line.",
    },
    {
      name: "Plane",
      text: "Two units, or the principal components of all: the two directions in which the hidden outputs spread most. A row whose outputs lie off the plane may be drawn on a color that is not its prediction.",
    },
    { name: "Unit from left to right", text: "The unit of the x axis." },
    { name: "Unit from bottom to top", text: "The unit of the y axis." },
  ],
  digit: [
    {
      name: "Draw a digit",
      text: "Draw with mouse or finger; by keyboard, the arrow keys move the pen and Space lowers and lifts it. The drawing is centered, scaled and set upright like the digits of the dataset.",
    },
    { name: "Bars", text: "The probability of each digit, by the current weights." },
    { name: "Blue", text: "A pixel whose ink counts for the digit or unit.", color: POSITIVE },
    { name: "Orange", text: "A pixel whose ink counts against it.", color: NEGATIVE },
    {
      name: "The digits",
      text: "1,000 of those of E. Alpaydin and C. Kaynak (1998), doi:10.24432/C50P49, licensed under CC BY 4.0.",
    },
  ],
  curves: [
    {
      name: "Training",
      text: "The loss and the score of the training rows, a solid line.",
      color: "--training",
    },
    {
      name: "Validation",
      text: "Those of the validation rows, dashed. When it rises while the other falls, the network overfits.",
      color: "--validation",
    },
    { name: "Log scale", text: "Shows losses by their powers of ten, so that small changes are seen." },
    { name: "Dot, dotted line", text: "The epoch whose weights were kept, and where training stopped." },
  ],
  confusion: [
    { name: "Rows", text: "Counts the training rows, or the validation rows." },
    {
      name: "A cell",
      text: "How many rows of the class on the left were predicted as the class above. The framed ones are right.",
    },
    { name: "Recall", text: "The share of a class that was found.", formula: "right / all of the class" },
  ],
  residuals: [
    { name: "A point", text: "A row: its actual value and the predicted one. On the line both are equal." },
    { name: "Circle, diamond", text: "A training row, a validation row." },
  ],
  landscape: [
    { name: "Yellow", text: "Low loss; lines join places of equal loss." },
    { name: "Grid points", text: "How finely the loss is computed." },
    {
      name: "With the trajectory",
      text: "Draws the path of training, in the two directions in which it moved most.",
    },
  ],
};
