import { useEffect, useState } from "react";
import type { Album } from "../api/types";
import { Icon } from "./icon";

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;

/** The whole window takes files while no dialog is open. */
export function DropZone({ target, onFiles }: { target: Album | null; onFiles: (files: readonly File[]) => void }) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    if (!target) return;
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      if (depth <= 0) setOver(false);
    };
    const hover = (event: DragEvent) => hasFiles(event) && event.preventDefault();
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      onFiles([...(event.dataTransfer?.files ?? [])]);
    };
    const table = { dragenter: enter, dragleave: leave, dragover: hover, drop } as const;
    for (const [name, handler] of Object.entries(table)) window.addEventListener(name, handler as EventListener);
    return () => {
      for (const [name, handler] of Object.entries(table)) window.removeEventListener(name, handler as EventListener);
    };
  }, [target, onFiles]);
  if (!over || !target) return null;
  return (
    <div className="drop" aria-hidden="true">
      <div>
        <Icon name="plus" />
        <p>Drop to add to “{target.title}”</p>
      </div>
    </div>
  );
}
