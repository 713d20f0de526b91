"""FlowCam: from a raw run to published counts."""
