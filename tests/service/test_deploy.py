"""What is deployed: the unit, the image, compose and Kubernetes say what the program needs, and agree with each other."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import load_settings
from service.stages import ROLES, read_roles

DEPLOY = Path(__file__).parents[2] / "deploy"
KUBERNETES = DEPLOY / "kubernetes"


def documents(kind: str) -> list[dict[str, Any]]:
    """Return the manifests of a kind."""
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    every = [
        document for name in listed for document in yaml.safe_load_all((KUBERNETES / name).read_text("utf-8"))
    ]
    return [document for document in every if document["kind"] == kind]


def container_of(workload: dict[str, Any]) -> dict[str, Any]:
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    assert isinstance(container, dict)
    return container


def option(arguments: list[str], name: str) -> str:
    return arguments[arguments.index(name) + 1]


def lines_of_container(word: str) -> list[str]:
    """Return the lines of the container file that begin with a word."""
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.startswith(word)]


def test_unit_leaves_the_service_little_to_harm() -> None:
    command = shutil.which("systemd-analyze")
    if command is None:
        assert os.environ.get("CI") != "true", "systemd-analyze is not installed: apt-get install systemd"
        pytest.skip("systemd-analyze is not installed")
    done = subprocess.run(
        [command, "security", "--offline=true", "--threshold=30", "--no-pager", DEPLOY / "tocsin.service"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_image_holds_what_the_program_needs_and_no_tools_of_the_tests() -> None:
    copied = lines_of_container("COPY")
    assert any(line.split()[1:3] == ["requirements.lock", "pyproject.toml"] for line in copied)
    assert any("settings.toml" in line for line in copied), "tocsin init writes it"
    (install,) = (line for line in lines_of_container("RUN") if "uv pip install" in line)
    assert '--constraint requirements.lock --build-constraint requirements.lock ".[review]"' in install
    assert "-r requirements.lock" not in install, "the lock file has the tools of the tests too"
    assert lines_of_container("USER") == ["USER 10001"]


def test_services_of_compose_have_a_working_folder_each() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    (folder,) = (line.split()[1] for line in lines_of_container("WORKDIR /var"))
    services = {name: each for name, each in compose["services"].items() if name != "database"}
    volumes = []
    for service in services.values():
        mounts = {target: source for source, target in (one.split(":")[:2] for one in service["volumes"])}
        volumes.append(mounts[folder])
        assert mounts["/etc/tocsin/settings.toml"] == "./settings.toml"
        assert service["read_only"]
        assert service["tmpfs"] == ["/tmp"]
    assert len(set(volumes)) == len(services) == 2
    assert set(volumes) <= set(compose["volumes"])


def test_every_role_is_deployed_once() -> None:
    roles = [
        role
        for deployment in documents("Deployment")
        for role in sorted(read_roles(option(container_of(deployment)["args"], "--only")))
        if role != "web" or deployment["metadata"]["name"] == "tocsin-web"
    ]
    assert sorted(roles) == sorted(ROLES)


def test_what_selects_pods_finds_them() -> None:
    labels = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["labels"]
        for each in documents("Deployment")
    }
    for deployment in documents("Deployment"):
        assert (
            deployment["spec"]["selector"]["matchLabels"].items()
            <= labels[deployment["metadata"]["name"]].items()
        )
    for budget in documents("PodDisruptionBudget"):
        chosen = budget["spec"]["selector"]["matchLabels"].items()
        assert [name for name, own in labels.items() if chosen <= own.items()] == [budget["metadata"]["name"]]
    (service,) = documents("Service")
    assert [name for name, own in labels.items() if service["spec"]["selector"].items() <= own.items()] == [
        "tocsin-web"
    ]


def test_pods_may_do_nothing_else() -> None:
    workloads = documents("Deployment") + documents("Job")
    assert len(workloads) == 5
    (folder,) = (line.split()[1] for line in lines_of_container("WORKDIR /var"))
    for workload in workloads:
        pod, container = workload["spec"]["template"]["spec"], container_of(workload)
        assert pod["securityContext"]["runAsNonRoot"]
        assert f"USER {pod['securityContext']['runAsUser']}" in lines_of_container("USER")
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert {folder, "/tmp", "/etc/tocsin"} == {mount["mountPath"] for mount in container["volumeMounts"]}
        assert option(container["args"], "--settings") == "/etc/tocsin/settings.toml"
    for deployment in documents("Deployment"):
        container = container_of(deployment)
        port = container["ports"][0]["name"]
        assert {
            container[f"{probe}Probe"]["httpGet"]["port"] for probe in ("startup", "liveness", "readiness")
        } == {port}
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_settings_on_kubernetes_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    (cluster,) = documents("Cluster")
    secret = container_of(documents("Job")[0])["env"][0]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": f"{cluster['metadata']['name']}-app", "key": "uri"}  # as CloudNativePG calls it
    monkeypatch.setenv("TOCSIN_STORAGE__URL", "postgresql://tocsin:word@tocsin-db-rw.tocsin:5432/tocsin")
    settings, _secrets = load_settings(KUBERNETES / "settings.toml")
    assert settings.storage.url.startswith("postgresql://tocsin:")
    assert settings.web.public_url == "https://tocsin.example.org"
