/** Icons as paths on a 24 by 24 grid, drawn with the text's color; the button beside them has the words. */

const PATHS = {
  play: "M7 4.5v15l12.5-7.5z",
  pause: "M6.5 4.5h4v15h-4zM13.5 4.5h4v15h-4z",
  rewind: "M5 4.5h2.6v15H5zM20 4.5v15L8.6 12z",
  step: "M5 5v14l9-7zM15.5 5h2.8v14h-2.8z",
  epoch: "M3 5v14l7.5-7zM11 5v14l7.5-7zM19 5h2.4v14H19z",
  plus: "M10.8 5h2.4v5.8H19v2.4h-5.8V19h-2.4v-5.8H5v-2.4h5.8z",
  minus: "M5 10.8h14v2.4H5z",
  close: "M6.3 4.9 12 10.6l5.7-5.7 1.4 1.4-5.7 5.7 5.7 5.7-1.4 1.4-5.7-5.7-5.7 5.7-1.4-1.4 5.7-5.7-5.7-5.7z",
  sun: "M12 7.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6zM11 1.8h2v3.4h-2zM11 18.8h2v3.4h-2zM1.8 11h3.4v2H1.8zM18.8 11h3.4v2h-3.4zM4.1 5.5l1.4-1.4 2.4 2.4-1.4 1.4zM16.1 17.5l1.4-1.4 2.4 2.4-1.4 1.4zM5.5 19.9l-1.4-1.4 2.4-2.4 1.4 1.4zM17.5 7.9l-1.4-1.4 2.4-2.4 1.4 1.4z",
  moon: "M20 14.4A8.6 8.6 0 0 1 9.6 4 8.6 8.6 0 1 0 20 14.4z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2.2v13.6a6.8 6.8 0 0 1 0-13.6z",
  table: "M3 4.5h18v15H3zm2 4.8v3.2h5.5V9.3zm7.5 0v3.2H19V9.3zM5 14.3v3.2h5.5v-3.2zm7.5 0v3.2H19v-3.2z",
  chart: "M4 4h2v14h14v2H4zM8.4 14.2l3.4-4.6 3 2.4 3.5-5.6 1.6 1-4.6 7.4-3.2-2.5-2.3 3.1z",
  share: "M12 2.6 17 7.6l-1.5 1.4-2.4-2.4V15h-2.2V6.6L8.5 9 7 7.6zM5 12h2.2v7h9.6v-7H19v9.2H5z",
  warning: "M12 2.8 22.4 21H1.6zM11 9.4v5.8h2V9.4zm0 7.2v2h2v-2z",
  left: "M15.6 5.6 9.2 12l6.4 6.4-1.5 1.4L6.3 12l7.8-7.8z",
  right: "M8.4 5.6 14.8 12l-6.4 6.4 1.5 1.4L17.7 12 9.9 4.2z",
  help: "M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19zm0 2a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM11 16h2v2h-2zm1-9.6c-2 0-3.4 1.2-3.6 3.1h2c.1-.8.7-1.3 1.6-1.3s1.6.5 1.6 1.4c0 1.6-2.6 1.6-2.6 4.4v.6h2v-.4c0-1.8 2.7-2 2.7-4.6 0-1.9-1.5-3.2-3.7-3.2z",
  pencil: "M3.5 20.5 4.6 15.6 15.9 4.3l3.8 3.8L8.4 19.4zM17 3.2l1.1-1.1 3.8 3.8-1.1 1.1z",
  undo: "M9.5 4.5 4 10l5.5 5.5V12h5a3.5 3.5 0 0 1 0 7H10v2.2h4.5a5.7 5.7 0 0 0 0-11.4h-5z",
  down: "M5.6 8.4 12 14.8l6.4-6.4 1.4 1.5L12 17.7 4.2 9.9z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill-rule="evenodd" />
    </svg>
  );
}
